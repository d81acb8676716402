import {
  type Bus,
  type DeadLetterFilter,
  type LetterSummary,
  listDeadLetters,
  readDeadLetter,
} from "@mio/bus";
import { CliError, exitCodes } from "../cli-error.ts";

/** The filter options of the command line. */
export interface FilterOptions {
  readonly direction?: string;
  readonly channel?: string;
  readonly account?: string;
  readonly conversation?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly durable?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface Selection {
  readonly ids: readonly number[];
  readonly filter: DeadLetterFilter;
  readonly all: boolean;
}

const directions = ["inbound", "inbound_enriched", "outbound"] as const;
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws CliError for an invalid value. */
export function toFilter(options: FilterOptions, now: Date): DeadLetterFilter {
  const { channel, account, conversation, reason, code, durable, since, until } = options;
  for (const [name, token] of Object.entries({ channel, account, conversation })) checkToken(name, token);
  return withoutUndefined({
    direction: toDirection(options.direction),
    channelType: channel?.replaceAll("-", "_"),
    accountId: account,
    conversationId: conversation,
    reason,
    code,
    durable,
    since: since === undefined ? undefined : toTime("--since", since, now),
    until: until === undefined ? undefined : toTime("--until", until, now),
  });
}

type Undefinable<T> = { readonly [Key in keyof T]: T[Key] | undefined };

function withoutUndefined(filter: Undefinable<DeadLetterFilter>): DeadLetterFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function toDirection(text: string | undefined): DeadLetterFilter["direction"] {
  const direction = directions.find((known) => known === text);
  if (text === undefined || direction !== undefined) return direction;
  throw usage(`--direction takes ${directions.join(", ")}, not ${text}`);
}

function checkToken(name: string, token: string | undefined): void {
  if (token === undefined || /^[A-Za-z0-9_-]+$/.test(token)) return;
  throw usage(`--${name} takes only letters, digits, _ and -`);
}

/**
 * Returns the letters to change: by id, by a filter, or all.
 *
 * @throws CliError if the command line has none of these, or ids together with one of the others
 */
export function toSelection(
  ids: readonly string[],
  options: FilterOptions & { readonly all?: true },
  now: Date,
): Selection {
  const filter = toFilter(options, now);
  const hasFilter = Object.keys(filter).length > 0;
  const ways = [ids.length > 0, hasFilter || options.all === true].filter(Boolean).length;
  if (ways === 0) throw usage("name the dead letters: ids, a filter such as --reason, or --all");
  if (ways > 1) throw usage("use either ids, or a filter or --all");
  return { ids: ids.map(toId), filter, all: options.all === true };
}

export function toId(text: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw usage(`the id of a dead letter is a number, not ${text}`);
}

/** Yields the letters of a selection; calls `onMissing` for an id without a letter. */
export async function* selected(
  bus: Bus,
  { ids, filter }: Selection,
  onMissing: (id: number) => void,
): AsyncGenerator<LetterSummary, void, undefined> {
  if (ids.length === 0) {
    yield* listDeadLetters(bus, filter);
    return;
  }
  for (const id of ids) {
    const letter = await readDeadLetter(bus, id);
    if (letter === undefined) onMissing(id);
    else yield letter;
  }
}

/** `2h` ago, or a time as 2030-01-31T12:00:00Z. */
function toTime(option: string, text: string, now: Date): Date {
  const [, amount, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * (unitMs[unit] ?? 0));
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw usage(
    `${option} takes a time such as 2030-01-31T12:00:00Z, or an age such as 30m, 2h or 1d, not ${text}`,
  );
}

function usage(message: string): CliError {
  return new CliError(message, { exitCode: exitCodes.usage, next: "see ./mio dlq --help for examples" });
}
