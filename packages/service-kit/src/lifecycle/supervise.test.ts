import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import type { Worker } from "./app.ts";
import { type SuperviseOptions, supervise } from "./supervise.ts";

const logger = createLogger({ service: "test", level: "silent" });

/** A clock whose sleeps resolve at once, and one run of the worker per step of the script. */
function play(
  steps: readonly ((abort: AbortController, pass: (ms: number) => void) => Promise<void> | void)[],
  options: Partial<SuperviseOptions> = {},
) {
  const abort = new AbortController();
  const sleeps: number[] = [];
  let now = 0;
  const clock = {
    now: () => new Date(now),
    sleep: async (ms: number) => {
      sleeps.push(ms);
      now += ms;
    },
  };
  let runs = 0;
  const worker: Worker = {
    name: "relay",
    run: async () => {
      const step = steps[runs++];
      if (step === undefined) abort.abort();
      else await step(abort, (ms) => (now += ms));
    },
  };
  const supervised = supervise(worker, {
    signal: abort.signal,
    logger,
    clock,
    random: () => 0.999_999,
    ...options,
  });
  return { supervised, sleeps, runs: () => runs };
}

const failSoon = (): never => {
  throw new MioError("bus.unavailable", "no", { retry: "soon" });
};
const failForGood = (): never => {
  throw new MioError("bus.rejected", "no", { retry: "never" });
};

describe("supervise", () => {
  it("restarts a failed worker with growing delays, up to the maximum", async () => {
    const { supervised, sleeps } = play(
      Array.from({ length: 6 }, () => failSoon),
      { baseMs: 100, maxMs: 1000 },
    );
    await supervised.done;
    expect(sleeps).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(supervised.state()).toMatchObject({ status: "stopped", restarts: 6 });
  });

  it("waits a random fraction of the delay", async () => {
    const { supervised, sleeps } = play([failSoon], { baseMs: 100, random: () => 0.25 });
    await supervised.done;
    expect(sleeps).toEqual([25]);
  });

  it("counts an early return as a failure", async () => {
    const { supervised } = play([() => undefined]);
    await supervised.done;
    expect(supervised.state().lastError).toMatchObject({ code: "worker.ended" });
  });

  it("restarts a worker after a non-retryable failure at the longest delay", async () => {
    const { supervised, sleeps, runs } = play([failForGood, failForGood], { maxMs: 5000 });
    await supervised.done;
    expect(sleeps).toEqual([5000, 5000]);
    expect(runs()).toBe(3);
  });

  it("starts over with short delays after a steady run", async () => {
    const steadyThenFail = (_abort: AbortController, pass: (ms: number) => void): never => {
      pass(5000);
      return failSoon();
    };
    const { supervised, sleeps } = play([failSoon, failSoon, steadyThenFail, failSoon], { baseMs: 100 });
    await supervised.done;
    expect(sleeps).toEqual([100, 200, 100, 200]);
  });

  it("shows failing after a failure until the worker has been steady", async () => {
    const { promise: looked, resolve: look } = Promise.withResolvers<(ms: number) => void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { supervised } = play([
      failSoon,
      async (abort, pass) => {
        look(pass);
        await released;
        abort.abort();
      },
    ]);
    const pass = await looked;
    pass(4999);
    expect(supervised.state()).toMatchObject({ status: "failing", lastError: { code: "bus.unavailable" } });
    pass(1);
    expect(supervised.state().status).toBe("running");
    release();
    await supervised.done;
    expect(supervised.state().status).toBe("stopped");
  });

  it("treats a rejection after the signal as a stop", async () => {
    const { supervised, sleeps } = play([
      (abort) => {
        abort.abort();
        throw new Error("interrupted");
      },
    ]);
    await supervised.done;
    expect(sleeps).toEqual([]);
    expect(supervised.state()).toMatchObject({ status: "stopped", restarts: 0 });
  });

  it("ends a delay when stopped", async () => {
    const abort = new AbortController();
    const worker = { name: "relay", run: async () => failSoon() };
    const supervised = supervise(worker, {
      signal: abort.signal,
      logger,
      baseMs: 60_000,
      maxMs: 60_000,
      random: () => 0.9,
    });
    await new Promise(setImmediate);
    expect(supervised.state().status).toBe("failing");
    abort.abort();
    await supervised.done;
  });

  it("survives a worker that throws instead of rejecting", async () => {
    const abort = new AbortController();
    const worker: Worker = { name: "bad", run: failSoon };
    const supervised = supervise(worker, { signal: abort.signal, logger });
    await new Promise(setImmediate);
    expect(supervised.state().status).toBe("failing");
    abort.abort();
    await supervised.done;
  });
});
