import { decodeCommand } from "@mio/envelope";
import { systemClock, type Timers } from "@mio/pacing";
import { createLogger, createMetrics } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { createIntake } from "../src/intake/account-intake.ts";
import { createHeldCommands } from "../src/rates/workers.ts";
import { openPoolFixture } from "./pool-fixture.ts";

it("reads an account on when a command comes between the last look at it and its end", async () => {
  await using fixture = await openPoolFixture();
  const { bus, accountId } = fixture;
  const seen: string[] = [];
  const [looked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { jsm } = bus;
  const info: typeof jsm.consumers.info = async (...consumer) => {
    const found = await jsm.consumers.info(...consumer);
    if (found.num_pending + found.num_ack_pending > 0 || seen.length === 0) return found;
    looked.resolve();
    await goOn.promise;
    return found;
  };
  const consumers: typeof jsm.consumers = Object.create(jsm.consumers, { info: { value: info } });
  const slowJsm: typeof jsm = Object.create(jsm, { consumers: { value: consumers } });
  const idleMs = 500;
  // However slow the machine is, the account is not idle before its first command was handled.
  const after: Timers["after"] = (ms, ring) =>
    systemClock.after(ms === idleMs && seen.length === 0 ? 3_600_000 : ms, ring);
  const { worker } = createIntake({
    bus: { ...bus, jsm: slowJsm },
    clock: { ...systemClock, after },
    logger: createLogger({ service: "test", level: "silent" }),
    reading: {
      handler: async ({ payload }) => {
        seen.push(decodeCommand(payload).id);
        return { kind: "done" };
      },
      orderBy: ({ subject }) => subject,
      metrics: createMetrics({ processMetrics: false }),
      drainGraceMs: 1_000,
      room: createHeldCommands({ commands: 100, bytes: 1_000_000 }),
      maxInFlight: 100,
    },
    maxAckPending: 100,
    maxWaiting: 1_000,
    exists: async (id) => id === accountId,
    rejectOrphans: async () => {},
    leftBehind: { sweep: async () => {} },
    refuseNewest: async () => {},
    idleMs,
    // Only notifications report commands.
    lookEveryMs: 3_600_000,
  });
  const stopping = new AbortController();
  const running = worker.run(stopping.signal);
  const [first, second] = [fixture.command(), fixture.command()];
  await fixture.publish(first);
  await looked.promise;
  // The notification of the second command arrives before the look ends.
  const notified = Promise.withResolvers<void>();
  bus.nc.subscribe("mio.bell.outbound.>", { max: 1, callback: () => notified.resolve() });
  await fixture.publish(second);
  await notified.promise;
  await bus.nc.flush();
  goOn.resolve();
  await eventually(() => expect(seen).toEqual([first.id, second.id]));
  stopping.abort();
  await running;
});
