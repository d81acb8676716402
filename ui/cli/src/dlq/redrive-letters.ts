import {
  type Bus,
  type LetterSummary,
  readDeadLetter,
  redriveDeadLetter,
  removeDeadLetter,
  type StoredLetter,
} from "@mio/bus";
import { checkCommand, decodeCommand, isUuid, newId } from "@mio/envelope";
import { type MioError, toMioError } from "@mio/failure";
import type { Redrive } from "@mio/store";
import { type Selection, selected } from "./selection.ts";

export interface RedriveOptions {
  readonly dryRun: boolean;
  /** Keeps the letters. */
  readonly keep: boolean;
  /** Includes letters that the platform may already show. */
  readonly resendUnknown: boolean;
  /** Called before the first command is redriven: the sender pool runs a redriven command only if it has a record. */
  readonly openRecords: () => Promise<RecordRedrive>;
  readonly signal: AbortSignal;
  readonly onLetter: (letter: LetterSummary, outcome: RedriveOutcome) => void;
}

export type RecordRedrive = (redrive: Omit<Redrive, "requestedBy">) => Promise<void>;

export type RedriveOutcome =
  | { readonly kind: "redriven" }
  | { readonly kind: "would" }
  /** Skipped, because it may already be posted. */
  | { readonly kind: "unknown" }
  | { readonly kind: "failed"; readonly error: MioError };

export interface Redriven {
  readonly redriven: number;
  readonly skipped: number;
  readonly failed: number;
  readonly missing: number;
}

/** For events, whose redrives have no record. */
const noRecord: RecordRedrive = async () => {};

/** Redrives letters one by one, so that conversations keep their order. */
export async function redriveLetters(
  bus: Bus,
  selection: Selection,
  options: RedriveOptions,
): Promise<Redriven> {
  const count = { redriven: 0, skipped: 0, failed: 0, missing: 0 };
  // List them all first: a letter that fails again must not be redriven in an endless loop.
  const letters: LetterSummary[] = [];
  const onMissing = (): void => {
    count.missing += 1;
  };
  for await (const letter of selected(bus, selection, onMissing)) letters.push(letter);
  const isNeeded = !options.dryRun && letters.some((letter) => letter.direction === "outbound");
  const record = isNeeded ? await options.openRecords() : noRecord;
  for (const letter of letters) {
    if (options.signal.aborted) break;
    const outcome = await redriveOne(bus, letter, { ...options, record });
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
  { dryRun, keep, resendUnknown, record }: RedriveOptions & { readonly record: RecordRedrive },
): Promise<RedriveOutcome> {
  if (reason === "unknown_send" && !resendUnknown) return { kind: "unknown" };
  if (dryRun) return { kind: "would" };
  try {
    const letter = await readDeadLetter(bus, id);
    if (letter === undefined) return { kind: "redriven" };
    const token = newId();
    const command = commandOf(letter);
    if (command !== undefined) await record({ ...command, token });
    await redriveDeadLetter(bus, letter, token);
    if (!keep) await removeDeadLetter(bus, id);
    return { kind: "redriven" };
  } catch (error) {
    return { kind: "failed", error: toMioError(error) };
  }
}

/** Undefined for an event and for an invalid command, which the sender pool rejects again without a record. */
function commandOf({
  direction,
  payload,
}: StoredLetter): Omit<Parameters<RecordRedrive>[0], "token"> | undefined {
  if (direction !== "outbound") return undefined;
  try {
    const command = decodeCommand(payload);
    const isValid = checkCommand(command).length === 0 && isUuid(command.accountId);
    return isValid ? { accountId: command.accountId, commandId: command.id } : undefined;
  } catch {
    return undefined;
  }
}
