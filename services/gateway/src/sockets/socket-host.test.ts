import type { CredentialVault } from "@mio/channel-kit";
import { systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import type { Account } from "@mio/store";
import { expect, it } from "vitest";
import type { SocketEvents } from "./socket-events.ts";
import { createSocketHost } from "./socket-host.ts";

const overrides = {
  accept: async () => undefined,
  isOnlyWayIn: false,
  silentAfterMs: 60_000,
  clock: systemClock,
  logger: createLogger({ service: "test", level: "silent" }),
};

it("opens no connection for accounts added after its stop", async () => {
  const list = Promise.withResolvers<readonly Account[]>();
  let opened = 0;
  const host = createSocketHost({
    channels: [{ channelType: "slack", socket: { run: async () => undefined } }],
    accounts: { list: () => list.promise, onChange: () => undefined },
    vaultOf: () => {
      opened += 1;
      throw new Error("a connection would need it");
    },
    events: {} as SocketEvents,
    ...overrides,
  });
  const stopping = new AbortController();
  const running = host.worker.run(stopping.signal);
  await host.stop();
  list.resolve([{ id: "late" } as Account]);
  stopping.abort();
  await running;
  expect(opened).toBe(0);
});

it("reconnects an account when its attributes change", async () => {
  const accountWith = (attributes: Account["attributes"]) =>
    ({ id: "account", externalId: "T1", attributes }) as Account;
  let account = accountWith({ team: "one" });
  let change = (): void => undefined;
  const connected: unknown[] = [];
  const ignore = (): void => undefined;
  const heard = { changed: ignore, late: ignore, silent: ignore, stopped: ignore, abandoned: ignore };
  const host = createSocketHost({
    channels: [
      {
        channelType: "slack",
        socket: {
          run: async ({ attributes }, { signal }) => {
            connected.push(attributes);
            await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          },
        },
      },
    ],
    accounts: {
      list: async () => [account],
      onChange: (callback) => {
        change = () => callback({});
      },
    },
    vaultOf: () => ({}) as CredentialVault,
    events: { forAccount: () => heard } as unknown as SocketEvents,
    ...overrides,
  });
  const stopping = new AbortController();
  const running = host.worker.run(stopping.signal);
  await expect.poll(() => connected).toEqual([{ team: "one" }]);
  account = accountWith({ team: "two" });
  change();
  await expect.poll(() => connected, { timeout: 5_000 }).toEqual([{ team: "one" }, { team: "two" }]);
  stopping.abort();
  await running;
});

it("retries a failed account list after a second, and connects other channels meanwhile", async () => {
  const pauses: number[] = [];
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  const connected: string[] = [];
  const socketOf = (channelType: "discord" | "slack") => ({
    channelType,
    socket: {
      run: async (_access: unknown, { signal }: { readonly signal: AbortSignal }) => {
        connected.push(channelType);
        await aborted(signal);
      },
    },
  });
  const ignore = (): void => undefined;
  const heard = { changed: ignore, late: ignore, silent: ignore, stopped: ignore, abandoned: ignore };
  const host = createSocketHost({
    ...overrides,
    channels: [socketOf("discord"), socketOf("slack")],
    accounts: {
      list: async (channelType) => {
        if (channelType === "discord") throw new Error("Postgres is away");
        return [{ id: "account", externalId: "T1", attributes: {} } as Account];
      },
      onChange: ignore,
    },
    vaultOf: () => ({}) as CredentialVault,
    events: { forAccount: () => heard } as unknown as SocketEvents,
    clock: {
      now: systemClock.now,
      after: systemClock.after,
      sleep: async (ms, signal) => {
        pauses.push(ms);
        if (signal !== undefined) await aborted(signal);
      },
    },
  });
  const stopping = new AbortController();
  const running = host.worker.run(stopping.signal);
  await expect.poll(() => pauses).toEqual([1_000]);
  expect(connected).toEqual(["slack"]);
  stopping.abort();
  await running;
});
