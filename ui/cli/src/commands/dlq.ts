import type { LetterSummary } from "@mio/bus";
import type { Command } from "commander";
import type { FilterOptions } from "../dlq/selection.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../values.ts";

const help = `
Dead letters are messages that Mio gave up on: commands that were not delivered, or may not have been, and events
that a consumer could not process. Each keeps its bytes and the reason.

Environment:
  MIO_NATS_URLS        the NATS servers (default: nats://localhost:4222)
  MIO_NATS_CREDS_FILE  a credentials file, if the servers require one
  MIO_POSTGRES_DSN     the database of the sender pools, to redrive commands (or MIO_POSTGRES_DSN_FILE)

Examples:
  ./mio dlq list --since 1d --direction outbound
  ./mio dlq show 17
  ./mio dlq redrive 17 18
  ./mio dlq redrive --reason platform_down --dry-run
  ./mio dlq purge --reason no_account --until 7d`;

const jsonHelp = "print JSON";

interface Json {
  readonly json?: true;
}

export function register(program: Command, io: Io): void {
  const dlq = program
    .command("dlq")
    .description("manage dead letters: list, show, redrive, purge")
    .helpCommand(false)
    .addHelpText("after", help);
  registerList(dlq, io);
  registerShow(dlq, io);
  registerRedrive(dlq, io);
  registerPurge(dlq, io);
}

function withFilter(command: Command): Command {
  return command
    .option("--direction <name>", "inbound, inbound_enriched or outbound")
    .option("--channel <name>", "of this channel, for example slack")
    .option("--account <id>", "of this account")
    .option("--conversation <id>", "of this conversation")
    .option("--reason <word>", "with this reason")
    .option("--code <code>", "with this error code")
    .option("--durable <name>", "from this consumer")
    .option("--since <time>", "from this time on: a time, or an age such as 30m, 2h or 1d")
    .option("--until <time>", "before this time");
}

function registerList(dlq: Command, io: Io): void {
  withFilter(dlq.command("list"))
    .description("list dead letters, oldest first, without message text")
    .option("--limit <n>", "maximum number of letters", wholeNumber({ min: 1, max: 1_000_000 }), 1_000)
    .option("--json", `${jsonHelp}, one object per line`)
    .action(async (options: FilterOptions & Json & { readonly limit: number }) => {
      const { toFilter } = await import("../dlq/selection.ts");
      const { openLetters } = await import("../dlq/open-letters.ts");
      const { listDeadLetters } = await import("@mio/bus");
      const filter = toFilter(options, new Date());
      const { limit } = options;
      await using bus = await openLetters(io);
      let count = 0;
      for await (const letter of listDeadLetters(bus, filter)) {
        if (count === limit || io.signal.aborted) break;
        count += 1;
        io.out(options.json ? JSON.stringify(letter) : toLine(letter));
      }
      if (!options.json) io.note(toTotal(count, limit));
    });
}

function toTotal(count: number, limit: number): string {
  if (count === 0) return "mio: no dead letters";
  return count === limit ? `mio: ${count} dead letters; --limit shows more` : `mio: ${count} dead letters`;
}

const showHelp = `
Message text is shown only with --text. --raw writes only the bytes of the message to stdout.`;

function registerShow(dlq: Command, io: Io): void {
  dlq
    .command("show")
    .description("show one dead letter")
    .argument("<id>")
    .option("--text", "show the message text")
    .option("--raw", "write the bytes of the message as base64")
    .option("--json", jsonHelp)
    .addHelpText("after", showHelp)
    .action(async (id: string, options: Json & { readonly text?: true; readonly raw?: true }) => {
      const { toId } = await import("../dlq/selection.ts");
      const { openLetters } = await import("../dlq/open-letters.ts");
      const { requireLetter, showLetter } = await import("../dlq/show-letter.ts");
      const wanted = toId(id);
      await using bus = await openLetters(io);
      if (options.raw) {
        io.out(Buffer.from((await requireLetter(bus, wanted)).payload).toString("base64"));
        return;
      }
      const shown = await showLetter(bus, wanted, { text: options.text === true });
      io.out(options.json ? JSON.stringify(shown) : JSON.stringify(shown, undefined, 2));
    });
}

const redriveHelp = `
Publishes each letter again on its stream. A failed command runs again; a command that was sent in the meantime does not.
Postgres first records the redrive and its user; without that record the command does not run. The letter is removed
after it is published; --keep keeps it, and each further redrive runs it again. Letters with the reason unknown_send
are skipped, because the platform may already show them. Look there, and use --resend-unknown if it does not. Exits 1
if a letter could not be redriven.`;

interface Redrive extends FilterOptions, Json {
  readonly all?: true;
  readonly dryRun?: true;
  readonly keep?: true;
  readonly resendUnknown?: true;
}

function registerRedrive(dlq: Command, io: Io): void {
  withFilter(dlq.command("redrive"))
    .description("publish dead letters again on their stream")
    .argument("[ids...]")
    .option("--all", "every dead letter")
    .option("--dry-run", "show what would happen, change nothing")
    .option("--keep", "keep the letters")
    .option("--resend-unknown", "include those that the platform may already show; may post twice")
    .option("--json", jsonHelp)
    .addHelpText("after", redriveHelp)
    .action(async (ids: readonly string[], options: Redrive) => {
      const { toSelection } = await import("../dlq/selection.ts");
      const { openLetters } = await import("../dlq/open-letters.ts");
      const { createRedriveRecords } = await import("../dlq/open-redrive-records.ts");
      const { redriveLetters } = await import("../dlq/redrive-letters.ts");
      const selection = toSelection(ids, options, new Date());
      await using bus = await openLetters(io);
      await using records = createRedriveRecords(io);
      const result = await redriveLetters(bus, selection, {
        openRecords: () => records.open(),
        dryRun: options.dryRun === true,
        keep: options.keep === true,
        resendUnknown: options.resendUnknown === true,
        signal: io.signal,
        onLetter: (letter, outcome) => {
          const why = outcome.kind === "failed" ? `: ${outcome.error.message}` : "";
          io.note(`mio: ${words[outcome.kind]} ${letter.id} ${letter.reason} ${letter.subject}${why}`);
        },
      });
      const ok = result.failed === 0 && result.missing === 0;
      if (options.json) io.out(JSON.stringify({ ok, dryRun: options.dryRun === true, ...result }));
      else
        io.out(
          `${options.dryRun ? "would redrive" : "redriven"}: ${result.redriven}, skipped: ${result.skipped}, failed: ${result.failed}, not found: ${result.missing}`,
        );
      if (!ok) io.exitWith(1);
    });
}

const words = {
  redriven: "redrove",
  would: "would redrive",
  unknown: "skipped, may already be posted:",
  failed: "could not redrive",
} as const;

interface Purge extends FilterOptions, Json {
  readonly all?: true;
  readonly dryRun?: true;
}

function registerPurge(dlq: Command, io: Io): void {
  withFilter(dlq.command("purge"))
    .description("delete dead letters permanently")
    .argument("[ids...]")
    .option("--all", "every dead letter")
    .option("--dry-run", "show what would happen, change nothing")
    .option("--json", jsonHelp)
    .action(async (ids: readonly string[], options: Purge) => {
      const { toSelection } = await import("../dlq/selection.ts");
      const { openLetters } = await import("../dlq/open-letters.ts");
      const { purgeLetters } = await import("../dlq/purge-letters.ts");
      const selection = toSelection(ids, options, new Date());
      const isDryRun = options.dryRun === true;
      await using bus = await openLetters(io);
      const result = await purgeLetters(bus, selection, {
        dryRun: isDryRun,
        signal: io.signal,
        onLetter: (letter) =>
          io.note(
            `mio: ${isDryRun ? "would delete" : "deleted"} ${letter.id} ${letter.reason} ${letter.subject}`,
          ),
      });
      const ok = result.missing === 0;
      if (options.json) io.out(JSON.stringify({ ok, dryRun: isDryRun, ...result }));
      else io.out(`${isDryRun ? "would delete" : "deleted"}: ${result.purged}, not found: ${result.missing}`);
      if (!ok) io.exitWith(1);
    });
}

function toLine({ id, time, direction, reason, code, durable, subject }: LetterSummary): string {
  return [
    String(id).padStart(6),
    time.toISOString(),
    direction.padEnd(16),
    reason.padEnd(18),
    code.padEnd(26),
    durable,
    subject,
  ].join("  ");
}
