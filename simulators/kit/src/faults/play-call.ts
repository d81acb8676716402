import type { Clock } from "@mio/pacing";
import type { ActiveFault, FaultSettings, SharedFault, Strike } from "./fault-board.ts";

/** Delay of `late_answer` without `ms`. */
const lateAnswerMs = 60_000;

/** The outcome of one call. */
export interface PlayedCall<Answer> {
  readonly answer: Answer;
  readonly at: Date;
  readonly ms: number;
  /** Whether to cut the connection instead of answering. */
  readonly isCut: boolean;
  /** Name of the fault that struck, for the log. */
  readonly fault: string | undefined;
}

/** Does the work of a call under the faults `slow`, `late_answer` and `drop_response`, and measures it. */
export async function playCall<Answer, Name extends string>(
  { delayMs, fault }: Strike<ActiveFault<Name | SharedFault, FaultSettings>>,
  work: () => Answer | Promise<Answer>,
  { clock, closing }: { readonly clock: Clock; readonly closing: AbortSignal },
): Promise<PlayedCall<Answer>> {
  const at = clock.now();
  const started = performance.now();
  if (delayMs > 0) await clock.sleep(delayMs, closing);
  const answer = await work();
  if (fault?.name === "late_answer") await clock.sleep(fault.options.ms ?? lateAnswerMs, closing);
  return {
    answer,
    at,
    ms: Math.round((performance.now() - started) * 10) / 10,
    isCut: fault?.name === "drop_response",
    fault: fault?.name ?? (delayMs > 0 ? "slow" : undefined),
  };
}
