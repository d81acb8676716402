import type { Fleet } from "@mio/all-in-one";
import type { BusWatcher } from "./bus-watcher.ts";

/** What arrived at one hop, and how long after the start of the step. */
export interface Hop {
  readonly hop: string;
  readonly ms: number;
  readonly seen: string;
}

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly hops: readonly Hop[];
  /** The first expectation that failed. */
  readonly error?: string;
}

export interface Stage {
  readonly fleet: Fleet;
  readonly bus: BusWatcher;
  readonly signal: AbortSignal;
}

/** Notes of a running step. */
export interface Notes {
  /** Notes a hop now, or at the time `at` (`performance.now`). */
  hop(hop: string, seen: string, at?: number): void;
  /** Fails the step unless it holds. */
  expect(holds: boolean, otherwise: string): void;
}

export interface Step {
  readonly name: string;
  play(stage: Stage, notes: Notes): Promise<void>;
}

/** Plays one step and returns its hops. A failed expectation ends the step, not the demo. */
export async function playStep(step: Step, stage: Stage): Promise<StepResult> {
  const began = performance.now();
  const hops: Hop[] = [];
  const since = (at: number): number => Math.round((at - began) * 10) / 10;
  const notes: Notes = {
    hop: (hop, seen, at = performance.now()) => hops.push({ hop, ms: since(at), seen }),
    expect: (holds, otherwise) => {
      if (!holds) throw new Error(otherwise);
    },
  };
  const result = (error?: string): StepResult => ({
    name: step.name,
    ok: error === undefined,
    ms: since(performance.now()),
    hops: hops.toSorted((a, b) => a.ms - b.ms),
    ...(error !== undefined && { error }),
  });
  try {
    await step.play(stage, notes);
    return result();
  } catch (error) {
    return result(error instanceof Error ? error.message : String(error));
  }
}
