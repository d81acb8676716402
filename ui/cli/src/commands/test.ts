import type { Command } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";

const mutation = "mutation";
const groups = ["unit", "integration", "e2e", mutation];

/** The mutation score below which the command fails. */
const wantedPercent = 90;

interface Arguments {
  readonly group: string | undefined;
  readonly rest: readonly string[];
}

const help = `
Groups:
  unit         beside the code: no network, no servers
  integration  with a real nats-server and a real Postgres, started for the run
  e2e          the whole fleet as processes

  mutation     only on demand: mutates packages one by one and lists the mutants that
               their tests do not detect. After --, name the packages, folders or
               files to mutate; the default set takes hours

For the other groups, arguments after -- go to vitest:
  ./mio test unit -- packages/bus
  ./mio test integration -- -t "redelivery"
  ./mio test mutation -- packages/store/src/ledger/outbox.ts`;

export function register(program: Command, io: Io): void {
  program
    .command("test")
    .usage("[group] [-- <arguments for vitest>]")
    .description("run all tests, or one group; the last line is 'N passed, N failed, N skipped'")
    .argument("[arguments...]")
    .addHelpText("after", help)
    .action(async (given: readonly string[]) => {
      const { group, rest } = parseArguments(given, io.argv);
      if (group === mutation) return await mutate(rest, io);
      const { runTests } = await import("@mio/tools");
      const { root, env, signal } = io;
      const colors = io.paint.isColorSupported;
      const onProgress = (line: string): void => io.note(`mio: ${line}`);
      const chosen = group === undefined ? {} : { group };
      io.exitWith(await runTests({ root, env, signal, rest, colors, onProgress, ...chosen }));
    });
}

/** Separates the group from the arguments behind `--`; the command line parser puts both into one list. */
function parseArguments(given: readonly string[], line: readonly string[]): Arguments {
  const dashes = line.indexOf("--");
  const rest = dashes < 0 ? [] : line.slice(dashes + 1);
  const [group, ...tooMany] = given.slice(0, given.length - rest.length);
  if (tooMany.length > 0 || (group !== undefined && !groups.includes(group))) {
    throw new CliError(`no such group of tests: ${[group, ...tooMany].join(" ")}`, {
      exitCode: exitCodes.usage,
      next: `name one of ${groups.join(", ")}, or omit it to run all; arguments for vitest follow --`,
    });
  }
  return { group, rest };
}

async function mutate(paths: readonly string[], io: Io): Promise<void> {
  const { runMutation } = await import("@mio/tools");
  const { root, env, signal } = io;
  let isEnough = true;
  await runMutation({
    root,
    env,
    signal,
    paths,
    onProgress: (line) => io.note(`mio: ${line}`),
    onScore: (owner, { killed, survived, uncovered, percent, alive }) => {
      isEnough &&= percent >= wantedPercent;
      for (const line of alive) io.out(`  alive  ${line}`);
      io.out(`${owner}: ${percent} % (${killed} killed, ${survived} survived, ${uncovered} without a test)`);
    },
  }).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error;
    const next = "see ./mio test --help for the arguments after --";
    throw new CliError(error.message, { exitCode: exitCodes.usage, next });
  });
  io.exitWith(isEnough ? exitCodes.ok : exitCodes.failed);
}
