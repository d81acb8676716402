import { type Bus, type LetterSummary, removeDeadLetter } from "@mio/bus";
import { type Selection, selected } from "./selection.ts";

export interface PurgeOptions {
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onLetter: (letter: LetterSummary) => void;
}

export interface Purged {
  readonly purged: number;
  readonly missing: number;
}

/** Deletes letters permanently. */
export async function purgeLetters(bus: Bus, selection: Selection, options: PurgeOptions): Promise<Purged> {
  const count = { purged: 0, missing: 0 };
  const onMissing = (): void => {
    count.missing += 1;
  };
  for await (const letter of selected(bus, selection, onMissing)) {
    if (options.signal.aborted) break;
    if (!options.dryRun) await removeDeadLetter(bus, letter.id);
    count.purged += 1;
    options.onLetter(letter);
  }
  return count;
}
