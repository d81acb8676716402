import type { Delivery } from "@mio/bus";
import { encodeCommand, outboundSubject } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createBackoff } from "@mio/pacing";
import { type SendCommand, SendCommand_Stage as Stage } from "@mio/proto";
import { createLogger, createLogLimiter, createMetrics } from "@mio/service-kit";
import { aCommand, captureLogs } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { type DeliveryJob, type Ended, failed, sent, type TryEnd } from "../../src/job/delivery-job.ts";
import { announce } from "../../src/pipeline/announce.ts";
import { createDeliverCommand } from "../../src/pipeline/deliver-command.ts";
import { createDeliveryEvents } from "../../src/report/events.ts";
import { deliveryBench } from "../delivery-bench.ts";
import { manualClock } from "../manual-clock.ts";

interface Given {
  readonly tryDelivery: (job: DeliveryJob) => Promise<TryEnd>;
  readonly deliveryCount?: number;
  readonly subject?: string;
  readonly command?: SendCommand;
  readonly reinject?: () => Promise<void>;
  readonly running?: Set<string>;
  readonly isStopping?: boolean;
}

function aPool({ tryDelivery, deliveryCount = 1, subject, ...given }: Given) {
  const { command = aCommand() } = given;
  const { reinject = async () => {}, running = new Set<string>(), isStopping = false } = given;
  const clock = manualClock();
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", pretty: false, ...logs });
  const receipts: Ended[] = [];
  const deps = {
    ...deliveryBench().deps,
    clock,
    logger,
    limiter: createLogLimiter(clock),
    running,
    publishReceipt: async (_command: SendCommand, end: Ended) => void receipts.push(end),
    reinject,
    events: createDeliveryEvents(logger, createMetrics({ processMetrics: false })),
    stopping: isStopping ? AbortSignal.abort() : new AbortController().signal,
    troubleBackoff: createBackoff({ baseMs: 200, maxMs: 10_000 }),
  };
  const handler = createDeliverCommand(deps, { names: [], try: tryDelivery, announce });
  const delivery: Delivery = {
    subject: subject ?? outboundSubject(command),
    payload: encodeCommand(command),
    headers: { get: () => undefined, entries: () => [] },
    streamSequence: 1,
    deliveryCount,
    timestamp: clock.now(),
    pinEpoch: undefined,
  };
  const context = {
    signal: new AbortController().signal,
    attempt: 1,
    runEarlierFirst: async () => {},
    queuedBehind: () => [],
  };
  const handle = () => handler(delivery, context);
  /** Resolves when the end is announced too. */
  const carryOut = async () => {
    const outcome = await handle();
    if (outcome.kind === "retry") return outcome;
    const { after, ...rest } = outcome;
    await after;
    return rest;
  };
  return { clock, logs, receipts, handle, carryOut, outcome: carryOut() };
}

const soon = { retry: "soon" } as const;
const unexplained = new MioError("store.write_failed", "no such column", soon);
const away = new MioError("store.unavailable", "nothing listens there", soon);
const refused = new MioError("store.refused", "no");

describe("trouble", () => {
  it("is waited for while a database is unavailable", async () => {
    let tries = 0;
    const { clock, receipts, outcome } = aPool({
      tryDelivery: async () => {
        tries += 1;
        if (tries <= 200) throw away;
        return sent(1, ["x"]);
      },
    });
    await clock.advance(3_600_000);
    expect(await outcome).toEqual({ kind: "done" });
    expect(receipts).toMatchObject([{ state: "sent" }]);
  });

  it("that many commands share is logged once a second", async () => {
    let tries = 0;
    const { clock, logs, outcome, carryOut } = aPool({
      tryDelivery: async () => {
        tries += 1;
        if (tries <= 100) throw away;
        return sent(1, ["x"]);
      },
    });
    const others = Array.from({ length: 49 }, carryOut);
    await clock.advance(0);
    expect(tries).toBe(50);
    expect(logs.matching({ msg: "delivery.trouble" })).toMatchObject([{ left_out: 0 }]);
    await clock.advance(3_600_000);
    await Promise.all([outcome, ...others]);
    expect(logs.matching({ msg: "delivery.trouble" }).length).toBeLessThan(5);
  });

  it("that no retry can help ends the command at once, on record", async () => {
    const given: (MioError | undefined)[] = [];
    const { clock, receipts, outcome } = aPool({
      tryDelivery: async (job) => {
        given.push(job.givenUp);
        job.isAuthorized = true;
        if (job.givenUp === undefined) throw refused;
        return failed(0, job.givenUp);
      },
    });
    await clock.advance(0);
    expect(await outcome).toMatchObject({ kind: "dead", error: { code: "store.refused" } });
    expect(given).toMatchObject([undefined, { code: "store.refused" }]);
    expect(receipts).toMatchObject([{ state: "failed", reason: "invalid" }]);
  });

  it("is not recorded for a command that may not use its account", async () => {
    let tries = 0;
    const { receipts, outcome } = aPool({
      tryDelivery: async () => {
        tries += 1;
        throw refused;
      },
    });
    expect(await outcome).toMatchObject({ kind: "dead" });
    expect([tries, receipts.length]).toEqual([1, 1]);
  });

  it("without an explanation is retried eight times, then recorded", async () => {
    let tries = 0;
    const { clock, outcome, receipts } = aPool({
      tryDelivery: async (job) => {
        tries += 1;
        job.isAuthorized = true;
        if (job.givenUp === undefined) throw unexplained;
        return failed(0, job.givenUp);
      },
    });
    await clock.advance(60_000);
    expect(await outcome).toMatchObject({ kind: "dead", error: { code: "store.write_failed" } });
    expect(tries).toBe(9);
    expect(receipts).toMatchObject([{ state: "failed" }]);
  });

  it.each([
    ["failed where nothing can have been done", 1, undefined, "failed"],
    ["unknown where the platform was called", 1, 3, "unknown"],
    ["unknown where another process may have called", 2, undefined, "unknown"],
  ] as const)("ends as %s when the record cannot be written", async (_how, deliveryCount, called, state) => {
    const { clock, receipts, outcome } = aPool({
      deliveryCount,
      tryDelivery: async (job) => {
        job.isAuthorized = true;
        job.calledAttempt = called;
        throw unexplained;
      },
    });
    await clock.advance(120_000);
    expect(await outcome).toMatchObject({ kind: "dead" });
    expect(receipts).toMatchObject([{ state, attempts: called ?? 0 }]);
  });
});

it("is among the running jobs of the process from its beginning to any end", async () => {
  const running = new Set<string>();
  const seen: (readonly [string, readonly string[]])[] = [];
  const note = (job: DeliveryJob) => void seen.push([job.owner, [...running]]);
  const good = aPool({ running, tryDelivery: async (job) => note(job) ?? sent(1, []) });
  await good.outcome;
  const stopped = aPool({
    running,
    isStopping: true,
    tryDelivery: async (job) => note(job) ?? Promise.reject(new Error("stop")),
  });
  expect(await stopped.outcome).toMatchObject({ kind: "retry" });
  expect(seen.map(([owner, all]) => all.length === 1 && all[0] === owner)).toEqual([true, true]);
  expect(seen[0]?.[0]).toMatch(/^process\/./);
  expect(running.size).toBe(0);
});

it("frees its lane once the command has ended, and announces the end afterwards", async () => {
  const shown = Promise.withResolvers<void>();
  const pool = aPool({ tryDelivery: async () => sent(1, ["x"]), reinject: () => shown.promise });
  const again = await pool.handle();
  expect([again.kind, pool.receipts]).toEqual(["done", []]);
  shown.resolve();
  await pool.outcome;
  if (again.kind === "done") await again.after;
  expect(pool.receipts).toMatchObject([{ state: "sent" }, { state: "sent" }]);
});

it("shows agents what was sent before it publishes the receipt", async () => {
  const order: string[] = [];
  const shown = Promise.withResolvers<void>();
  const { receipts, outcome } = aPool({
    tryDelivery: async () => sent(1, ["x"]),
    reinject: async () => {
      await shown.promise;
      order.push(`reinjected, ${receipts.length} receipts`);
    },
  });
  shown.resolve();
  await outcome;
  expect(order).toEqual(["reinjected, 0 receipts"]);
  expect(receipts).toMatchObject([{ state: "sent" }]);
});

it.each([
  ["a placeholder", Stage.PLACEHOLDER, 0],
  ["a part", Stage.PARTIAL, 0],
  ["the last of an answer", Stage.FINAL, 1],
  ["a post of no stage", Stage.UNSPECIFIED, 1],
])("publishes the receipt of %s, and shows agents only finished messages", async (_what, stage, count) => {
  let reinjected = 0;
  const { receipts, outcome } = aPool({
    command: aCommand({ stage }),
    tryDelivery: async () => sent(1, ["x"]),
    reinject: async () => {
      reinjected += 1;
    },
  });
  await outcome;
  expect(reinjected).toBe(count);
  expect(receipts).toMatchObject([{ state: "sent", externalIds: ["x"] }]);
});

it("shows agents nothing of a command that failed", async () => {
  let reinjected = 0;
  const { receipts, outcome } = aPool({
    tryDelivery: async () => failed(1, refused, ["x"]),
    reinject: async () => {
      reinjected += 1;
    },
  });
  await outcome;
  expect(reinjected).toBe(0);
  expect(receipts).toMatchObject([{ state: "failed", externalIds: ["x"] }]);
});

it.each([
  ["another conversation", { conversationId: "elsewhere" }],
  ["another account", { accountId: "elsewhere" }],
  ["another channel", { channelType: "elsewhere" }],
])("refuses a command on the subject of %s, and gives no receipt", async (_where, other) => {
  let isTried = false;
  const command = aCommand();
  const { receipts, outcome } = aPool({
    command,
    subject: outboundSubject({ ...command, ...other }),
    tryDelivery: async () => {
      isTried = true;
      return sent(1, []);
    },
  });
  expect(await outcome).toMatchObject({ kind: "dead", error: { code: "delivery.refused" } });
  expect([isTried, receipts.length]).toEqual([false, 0]);
});
