import { streams } from "@mio/bus";
import { encodeCommand, headerNames, newId } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import { DeliveryReceipt_State as State } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createRejectOrphans } from "../src/intake/reject-orphans.ts";
import { type CommandNotice, watchCommands } from "../src/intake/watch-commands.ts";
import { createEndStored } from "../src/stored/end-stored.ts";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());
beforeEach(() => fixture.bus.jsm.streams.purge(streams.outbound.name));

const logger = createLogger({ service: "test", level: "silent" });

/** As a client does that is not "pedantic": the server takes any text for a subject. */
async function publishRaw(subject: string): Promise<void> {
  fixture.bus.nc.publish(subject, encodeCommand(fixture.command()));
  await fixture.bus.nc.flush();
}

async function subjectsLeft(): Promise<readonly string[]> {
  const { state } = await fixture.bus.jsm.streams.info(streams.outbound.name, { subjects_filter: ">" });
  return Object.keys(state.subjects ?? {});
}

const wildcards = ["mio.outbound.zoho_cliq.*.c1", "mio.outbound.*.*.*", "mio.outbound.zoho_cliq.>"];

it.each([...wildcards, "mio.outbound.odd"])("ends what lies on %s, and nothing else", async (subject) => {
  const { bus } = fixture;
  const commands = [fixture.command(), fixture.command({ conversationId: "c1" }), fixture.command()];
  for (const command of commands.slice(0, 2)) await fixture.publish(command);
  await publishRaw(subject);
  for (const command of commands.slice(2)) await fixture.publish(command);
  const handled: string[] = [];
  const endStored = createEndStored({
    bus,
    handler: async (delivery) => {
      handled.push(delivery.subject);
      return { kind: "done" };
    },
  });
  const rejectOrphans = createRejectOrphans({ bus, clock: systemClock, logger, endStored });
  await rejectOrphans({ account: undefined, subject }, new AbortController().signal);
  expect(handled).toEqual([subject]);
  const left = await subjectsLeft();
  expect(left).toHaveLength(3);
  expect(left).not.toContain(subject);
});

it("takes no part of an odd subject for an account", async () => {
  const subjects = [...wildcards, "mio.outbound.odd", `mio.outbound.slack.${"x".repeat(600)}.c`];
  for (const subject of subjects) await publishRaw(subject);
  const stop = new AbortController();
  const heard: CommandNotice[] = [];
  const ignore = (): void => undefined;
  const onNotify = (one: CommandNotice): void => {
    heard.push(one);
    if (heard.length === subjects.length) stop.abort();
  };
  const options = { bus: fixture.bus, logger, clock: systemClock, onNotifyOne: ignore, onLook: ignore };
  await watchCommands({ ...options, onNotify }, stop.signal);
  expect(heard.map(({ account }) => account)).toEqual(subjects.map(() => undefined));
  expect(heard.map(({ subject }) => subject).toSorted()).toEqual(subjects.toSorted());
});

it("refuses each once, and delivers commands of all accounts once", async () => {
  const commands = Array.from({ length: 5 }, () => fixture.command({ conversationId: "c1" }));
  for (const command of commands) await fixture.publish(command);
  for (const subject of wildcards) await publishRaw(subject);
  await publishRaw(`mio.outbound.zoho_cliq.${newId()}.c1`);
  const platform = scriptedPlatform();
  await using _pool = await fixture.startPool({ channels: [platform.channel] });
  await eventually(async () => expect(await fixture.left()).toBe(0));
  for (const { id } of commands) expect(await fixture.receipt(id)).toMatchObject({ state: State.SENT });
  expect(platform.calls.map(({ method }) => method)).toEqual(commands.map(() => "send"));
  const letters = await fixture.deadLetters();
  expect(letters.map(({ header }) => header(headerNames.deadReason))).toEqual(
    Array.from({ length: 4 }, () => "invalid"),
  );
});
