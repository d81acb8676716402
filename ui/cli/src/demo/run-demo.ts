import { startFleet } from "@mio/all-in-one";
import { createLogger, type Env } from "@mio/service-kit";
import { watchBus } from "./bus-watcher.ts";
import { playStep, type StepResult } from "./step.ts";
import { steps } from "./steps.ts";
import { takeStock } from "./take-stock.ts";

export interface DemoOptions {
  readonly natsBinary: string;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  readonly onStep: (step: StepResult) => void;
}

/** The last object that `mio demo --json` prints. */
export interface DemoSummary {
  readonly ok: boolean;
  readonly steps: readonly Pick<StepResult, "name" | "ok" | "ms">[];
  /** Messages that Mio accepted with 200 and did not answer. */
  readonly lost: number;
  /** Extra copies of messages on the stream and of answers in the chat. */
  readonly duplicated: number;
}

const anyPorts = { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 };

/** Starts a fleet without persistent state, plays every step, counts messages and stops the fleet. */
export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const { natsBinary, env, signal, onProgress, onStep } = options;
  await using fleet = await startFleet({
    storage: { kind: "memory" },
    natsBinary,
    env,
    ports: anyPorts,
    loggerOf: (service) => createLogger({ service, level: "silent" }),
    thinkMs: 150,
    onProgress,
  });
  await using bus = await watchBus(fleet.urls.nats);
  const results: StepResult[] = [];
  for (const step of steps) {
    signal.throwIfAborted();
    const result = await playStep(step, { fleet, bus, signal });
    results.push(result);
    onStep(result);
  }
  const stock = await takeStock({ fleet, bus, signal });
  return {
    ok: results.every(({ ok }) => ok) && stock.lost === 0 && stock.duplicated === 0,
    steps: results.map(({ name, ok, ms }) => ({ name, ok, ms })),
    ...stock,
  };
}
