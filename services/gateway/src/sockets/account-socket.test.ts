import { createLocalVault, type SocketContext, type SocketState } from "@mio/channel-kit";
import { systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import { expect, test } from "vitest";
import { type AccountSocketOptions, startAccountSocket } from "./account-socket.ts";

const event = { kind: "ignored", reason: "noise" } as const;

/** A connection with scripted channel code, on a clock that does not move. */
function scripted(overrides: Partial<AccountSocketOptions> = {}) {
  const contexts: SocketContext[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const said: string[] = [];
  const connection = startAccountSocket({
    channelType: "discord",
    access: { accountId: "a-1", externalId: "T1", attributes: {}, vault: createLocalVault() },
    socket: {
      run: (_account, context) => {
        const end = Promise.withResolvers<void>();
        contexts.push(context);
        ends.push(end);
        return end.promise;
      },
    },
    accept: () => Promise.resolve(),
    events: {
      changed: ({ kind }) => said.push(kind),
      late: () => said.push("late"),
      silent: () => said.push("silent"),
      stopped: () => said.push("stopped"),
      abandoned: () => said.push("abandoned"),
    },
    silentAfterMs: 3_600_000,
    clock: { ...systemClock, sleep: () => new Promise(() => {}) },
    logger: createLogger({ service: "test", level: "silent" }),
    ...overrides,
  });
  const context = (at: number) => contexts[at] ?? expect.fail(`run ${at} was not started`);
  return { connection, contexts, context, ends, said };
}

test("limits the events in progress, and accepts more once some are finished", async () => {
  const first = Promise.withResolvers<void>();
  const { context } = scripted({ maxInFlight: 1, accept: () => first.promise });
  const taken = context(0).accept(event);
  await expect(context(0).accept(event)).rejects.toMatchObject({ code: "socket.overloaded" });
  first.resolve();
  await taken;
  await expect(context(0).accept(event)).resolves.toBeUndefined();
});

test("a failing event affects no other, and frees its slot", async () => {
  const { context } = scripted({ maxInFlight: 1, accept: () => Promise.reject(new Error("away")) });
  for (let at = 0; at < 3; at += 1) await expect(context(0).accept(event)).rejects.toThrow("away");
});

test("stops once the channel's code has ended and all events are finished", async () => {
  const work = Promise.withResolvers<void>();
  const { connection, context, ends, said } = scripted({ accept: () => work.promise });
  const taken = context(0).accept(event);
  const stopped = connection.stop();
  expect(context(0).signal.aborted).toBe(true);
  ends[0]?.resolve();
  await new Promise(setImmediate);
  expect(said).not.toContain("stopped");
  work.resolve();
  await Promise.all([taken, stopped]);
  expect(said.at(-1)).toBe("stopped");
});

test("abandons channel code that does not end on request", async () => {
  const clock = { ...systemClock, after: (_ms: number, ring: () => void) => systemClock.after(0, ring) };
  const { connection, said } = scripted({ clock });
  await connection.stop();
  expect(said.at(-1)).toBe("abandoned");
});

test("checks again for credentials only on request, and logs nothing", async () => {
  const { connection, contexts, context, ends, said } = scripted();
  context(0).onState({ kind: "unused" });
  ends[0]?.resolve();
  await new Promise(setImmediate);
  expect(contexts).toHaveLength(1);
  connection.lookAgain();
  await expect.poll(() => contexts.length).toBe(2);
  context(1).onState({ kind: "connecting" });
  context(1).onState({ kind: "unused" });
  expect(said).toEqual(["unused"]);
  context(1).onState({ kind: "open" });
  expect(said).toEqual(["unused", "open"]);
});

test("a replacing connection inherits the last event time", () => {
  let now = 0;
  const clock = { ...systemClock, now: () => new Date(now), sleep: () => new Promise<void>(() => {}) };
  const { connection, context } = scripted({ clock });
  const at = (time: number, state: SocketState) => {
    now = time;
    context(0).onState(state);
    return connection.status().heardAt.getTime();
  };
  expect(at(1_000, { kind: "open" })).toBe(1_000);
  expect(at(2_000, { kind: "open" })).toBe(1_000);
  expect(at(3_000, { kind: "connecting" })).toBe(1_000);
  expect(at(4_000, { kind: "open" })).toBe(4_000);
  now = 5_000;
  void context(0).accept(event);
  expect(connection.status().heardAt.getTime()).toBe(5_000);
});
