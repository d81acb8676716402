import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import type { App, Worker } from "./app.ts";
import { startApp } from "./start-app.ts";

const context = {
  logger: createLogger({ service: "test", level: "silent" }),
  metrics: createMetrics({ processMetrics: false }),
};
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function obedient(name: string, log: string[]): Worker {
  return {
    name,
    run: (signal) =>
      new Promise((resolve) => {
        log.push(`${name} runs`);
        signal.addEventListener("abort", () => {
          log.push(`${name} stops`);
          resolve();
        });
      }),
  };
}

function appWith(parts: Partial<App>, log: string[] = []): App {
  return {
    name: "gateway",
    workers: [],
    probes: [],
    startAccepting: async () => void log.push("accepts"),
    stopAccepting: async () => void log.push("accepts no more"),
    [Symbol.asyncDispose]: async () => void log.push("disposed"),
    ...parts,
  };
}

describe("startApp", () => {
  it("starts workers before accepting, and stops in the opposite order", async () => {
    const log: string[] = [];
    const running = await startApp(appWith({ workers: [obedient("relay", log)] }, log), context);
    expect(await running.ready()).toMatchObject({ ok: true });
    expect(await running.stop()).toEqual({ unfinished: [] });
    expect(log).toEqual(["relay runs", "accepts", "accepts no more", "relay stops", "disposed"]);
  });

  it("stops and disposes what it started when accepting fails", async () => {
    const log: string[] = [];
    const app = appWith(
      { workers: [obedient("relay", log)], startAccepting: () => Promise.reject(new Error("port in use")) },
      log,
    );
    await expect(startApp(app, context)).rejects.toThrow("port in use");
    expect(log).toEqual(["relay runs", "accepts no more", "relay stops", "disposed"]);
  });

  it("stops once for repeated calls", async () => {
    const log: string[] = [];
    const running = await startApp(appWith({}, log), context);
    await Promise.all([running.stop(), running.stop()]);
    await running.stop();
    expect(log).toEqual(["accepts", "accepts no more", "disposed"]);
  });
});

describe("ready", () => {
  it("is off from the moment a stop begins", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = await startApp(appWith({ stopAccepting: () => promise }), context);
    const stopped = running.stop();
    expect(await running.ready()).toEqual({
      ok: false,
      checks: [{ name: "gateway", kind: "app", ok: false, reason: "stopping" }],
    });
    resolve();
    await stopped;
  });

  it("is off while a worker fails, and its siblings continue", async () => {
    const log: string[] = [];
    const dead = { name: "dead", run: () => Promise.reject(new MioError("bus.rejected", "no such stream")) };
    const running = await startApp(appWith({ workers: [dead, obedient("relay", log)] }), context);
    await nextTurn();
    const { ok, checks } = await running.ready();
    expect(ok).toBe(false);
    expect(checks).toContainEqual({
      name: "dead",
      kind: "worker",
      ok: false,
      reason: "failing: bus.rejected: no such stream",
    });
    expect(checks).toContainEqual({ name: "relay", kind: "worker", ok: true });
    expect(log).toEqual(["relay runs"]);
    expect(await context.metrics.text()).toContain(
      'mio_worker_failures_total{worker="dead",code="bus.rejected"} 1',
    );
    await running.stop();
  });

  it("runs the probes in parallel with one second each", async () => {
    const seen: string[] = [];
    const hanging = (name: string) => ({
      name,
      check: (signal: AbortSignal) => {
        seen.push(`asked ${name}`);
        signal.addEventListener("abort", () => seen.push(`ended ${name}`));
        return new Promise<void>(() => undefined);
      },
    });
    const fine = { name: "nats", check: async () => undefined };
    const running = await startApp(appWith({ probes: [hanging("a"), hanging("b"), fine] }), context);
    const { ok, checks } = await running.ready();
    expect(ok).toBe(false);
    expect(checks.slice(1)).toEqual([
      { name: "a", kind: "probe", ok: false, reason: "no answer within 1000 ms" },
      { name: "b", kind: "probe", ok: false, reason: "no answer within 1000 ms" },
      { name: "nats", kind: "probe", ok: true },
    ]);
    expect(seen).toEqual(["asked a", "asked b", "ended a", "ended b"]);
    await running.stop();
  });

  it("stays on and reports the failure while only an advisory probe fails", async () => {
    const check = () => Promise.reject(new Error("a-1 refused"));
    const running = await startApp(appWith({ probes: [{ name: "socket", advisory: true, check }] }), context);
    const { ok, checks } = await running.ready();
    expect(ok).toBe(true);
    expect(checks[1]).toEqual({
      name: "socket",
      kind: "probe",
      ok: false,
      advisory: true,
      reason: "a-1 refused",
    });
    await running.stop();
  });

  it("reports the detail of a probe without affecting readiness", async () => {
    const check = async () => undefined;
    const probes = [
      { name: "socket", check, detail: () => "quiet, by postgres://me:hunter2@h" },
      { name: "mute", check, detail: () => undefined },
    ];
    const running = await startApp(appWith({ probes }), context);
    const { ok, checks } = await running.ready();
    expect(ok).toBe(true);
    expect(checks.slice(1)).toEqual([
      { name: "socket", kind: "probe", ok: true, detail: "quiet, by postgres://[redacted]@h" },
      { name: "mute", kind: "probe", ok: true },
    ]);
    await running.stop();
  });

  it("reports why a probe failed without the password in its message", async () => {
    const check = (): never => {
      throw new Error("cannot reach postgres://me:hunter2@h");
    };
    const running = await startApp(appWith({ probes: [{ name: "postgres", check }] }), context);
    const { checks } = await running.ready();
    expect(checks[1]).toMatchObject({ ok: false, reason: "cannot reach postgres://[redacted]@h" });
    await running.stop();
  });
});

describe("accepting", () => {
  const refused = (): Promise<never> => Promise.reject(new Error("refused"));
  const fails = { run: (): Promise<never> => Promise.reject(new MioError("bus.unavailable", "gone")) };

  it("stays on while only checks needed to finish work fail", async () => {
    const app = appWith({
      workers: [{ name: "relay", ...fails }],
      probes: [
        { name: "nats", neededTo: "finish", check: refused },
        { name: "socket", advisory: true, check: refused },
      ],
    });
    const running = await startApp(app, context);
    await nextTurn();
    expect((await running.ready()).ok).toBe(false);
    expect(await running.accepting()).toEqual({
      ok: true,
      checks: [{ name: "gateway", kind: "app", ok: true }],
    });
    await running.stop();
  });

  it("is off while a check needed to accept work fails: a probe by default, a worker if declared", async () => {
    const probes = [{ name: "postgres", check: refused }];
    const byProbe = await startApp(appWith({ probes }), context);
    expect(await byProbe.accepting()).toMatchObject({ ok: false });
    const workers = [{ name: "listener", neededTo: "accept" as const, ...fails }];
    const byWorker = await startApp(appWith({ workers }), context);
    await nextTurn();
    const { ok, checks } = await byWorker.accepting();
    expect([ok, checks.map(({ name }) => name)]).toEqual([false, ["gateway", "listener"]]);
    await Promise.all([byProbe.stop(), byWorker.stop()]);
  });

  it("is off from the moment a stop begins", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = await startApp(appWith({ stopAccepting: () => promise }), context);
    expect((await running.accepting()).ok).toBe(true);
    const stopped = running.stop();
    expect((await running.accepting()).ok).toBe(false);
    resolve();
    await stopped;
  });
});

describe("stop", () => {
  const deaf: Worker = { name: "deaf", run: () => new Promise(() => undefined) };

  it("continues without a worker that exceeds the grace, and names it", async () => {
    const log: string[] = [];
    const running = await startApp(appWith({ workers: [deaf, obedient("relay", log)] }, log), context, {
      graceMs: 20,
    });
    expect(await running.stop()).toEqual({ unfinished: ["worker deaf"] });
    expect(log.at(-1)).toBe("disposed");
  });

  it("aborts stopAccepting at the end of the grace, and still stops the workers", async () => {
    const log: string[] = [];
    let isAborted = false;
    const stopAccepting = (signal: AbortSignal): Promise<void> => {
      signal.addEventListener("abort", () => (isAborted = true));
      return new Promise(() => undefined);
    };
    const running = await startApp(
      appWith({ workers: [obedient("relay", log)], stopAccepting }, log),
      context,
      { graceMs: 20 },
    );
    expect(await running.stop()).toEqual({ unfinished: ["accepting"] });
    expect(isAborted).toBe(true);
    expect(log).toEqual(["relay runs", "accepts", "relay stops", "disposed"]);
  });

  it("gives up on disposing after a timeout, and logs it", async () => {
    const log: string[] = [];
    const app = appWith({ [Symbol.asyncDispose]: () => new Promise<void>(() => undefined) }, log);
    const running = await startApp(app, context, { graceMs: 20 });
    expect(await running.stop()).toEqual({ unfinished: ["dispose"] });
  });

  it("lets disposing use the rest of the grace", async () => {
    const waits: number[] = [];
    const time = { ms: 0 };
    const clock = {
      now: () => new Date(time.ms),
      sleep: (ms: number) => {
        waits.push(ms);
        return new Promise<void>(() => undefined);
      },
    };
    const stopAccepting = async () => {
      time.ms += 4000;
    };
    const roomy = await startApp(appWith({ stopAccepting }), context, { graceMs: 15_000, clock });
    await roomy.stop();
    const late = await startApp(appWith({ stopAccepting }), context, { graceMs: 4100, clock });
    await late.stop();
    expect(waits).toEqual([15_000, 11_000, 4100, 500]);
  });

  it("reports failed steps and runs the others", async () => {
    const log: string[] = [];
    const app = appWith(
      {
        workers: [obedient("relay", log)],
        stopAccepting: () => Promise.reject(new Error("close failed")),
        [Symbol.asyncDispose]: () => Promise.reject(new Error("dispose failed")),
      },
      log,
    );
    const running = await startApp(app, context);
    expect(await running.stop()).toEqual({ unfinished: ["accepting", "dispose"] });
    expect(log).toContain("relay stops");
  });
});
