import { type Bus, type LetterSummary, readDeadLetter, redriveDeadLetter, removeDeadLetter } from "@mio/bus";
import { type MioError, toMioError } from "@mio/failure";
import { type Selection, selected } from "./selection.ts";

export interface RedriveOptions {
  readonly dryRun: boolean;
  /** Leaves the letters where they are. */
  readonly keep: boolean;
  /** Also those that may be on the platform already. */
  readonly resendUnknown: boolean;
  readonly signal: AbortSignal;
  readonly onLetter: (letter: LetterSummary, outcome: RedriveOutcome) => void;
}

export type RedriveOutcome =
  | { readonly kind: "redriven" }
  | { readonly kind: "would" }
  /** It may have been posted; twice is worse than a question. */
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly error: MioError };

export interface Redriven {
  readonly redriven: number;
  readonly skipped: number;
  readonly failed: number;
  readonly missing: number;
}

/** Puts letters back, one after the other, so that conversations keep their order. */
export async function redriveLetters(
  bus: Bus,
  selection: Selection,
  options: RedriveOptions,
): Promise<Redriven> {
  const count = { redriven: 0, skipped: 0, failed: 0, missing: 0 };
  // All are known before the first is put back: one that dies again at once must not be put back for ever.
  const letters: LetterSummary[] = [];
  const onMissing = (): void => {
    count.missing += 1;
  };
  for await (const letter of selected(bus, selection, onMissing)) letters.push(letter);
  for (const letter of letters) {
    if (options.signal.aborted) break;
    const outcome = await redriveOne(bus, letter, options);
    if (outcome.kind === "unknown") count.skipped += 1;
    else if (outcome.kind === "failed") count.failed += 1;
    else count.redriven += 1;
    options.onLetter(letter, outcome);
  }
  return count;
}

async function redriveOne(
  bus: Bus,
  { id, reason }: LetterSummary,
  { dryRun, keep, resendUnknown }: RedriveOptions,
): Promise<RedriveOutcome> {
  if (reason === "unknown_send" && !resendUnknown) return { kind: "unknown" };
  if (dryRun) return { kind: "would" };
  try {
    const letter = await readDeadLetter(bus, id);
    if (letter === undefined) return { kind: "redriven" };
    await redriveDeadLetter(bus, letter);
    if (!keep) await removeDeadLetter(bus, id);
    return { kind: "redriven" };
  } catch (error) {
    return { kind: "failed", error: toMioError(error) };
  }
}
