import { createLogger } from "@mio/service-kit";
import { expect, it } from "vitest";
import { manualClock } from "../manual-clock.ts";
import { createLeases } from "./leases.ts";

const logger = createLogger({ service: "test", level: "silent" });
const attempt = { accountId: "account", commandId: "command", owner: "owner", attempt: 1 };

function aPool() {
  const clock = manualClock();
  const beats: number[] = [];
  const sleeping = { now: 0 };
  const counted = {
    now: clock.now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      sleeping.now += 1;
      await clock.sleep(ms, signal).finally(() => {
        sleeping.now -= 1;
      });
    },
  };
  const beat = async (attempts: readonly { readonly owner: string }[]): Promise<ReadonlySet<string>> => {
    beats.push(clock.now().getTime());
    return new Set(attempts.map(({ owner }) => owner));
  };
  const leases = createLeases({ records: { beat }, clock: counted, logger, leaseMs: 1_000 });
  return { clock, beats, leases, sleeping };
}

it("gives a sign of life four times in a lease, for as long as something is held", async () => {
  const { clock, beats, leases } = aPool();
  const lease = leases.hold(attempt);
  await clock.advance(1_000);
  expect(beats).toHaveLength(4);
  lease[Symbol.dispose]();
  await clock.advance(1_000);
  expect(beats).toHaveLength(4);
  using _next = leases.hold(attempt);
  await clock.advance(500);
  expect(beats).toHaveLength(6);
});

it("waits for nothing once nothing is held, so that a process can end", async () => {
  const { clock, leases, sleeping } = aPool();
  const [one, other] = [leases.hold(attempt), leases.hold({ ...attempt, commandId: "other" })];
  one[Symbol.dispose]();
  await clock.advance(0);
  expect(sleeping.now).toBe(1);
  other[Symbol.dispose]();
  await clock.advance(0);
  expect(sleeping.now).toBe(0);
});
