import type { Command } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";

const mutation = "mutation";
const groups = ["unit", "integration", "e2e", mutation];

/** Below this the tests of a package let too much pass. */
const wantedPercent = 90;

interface Arguments {
  readonly group: string | undefined;
  readonly rest: readonly string[];
}

const help = `
Groups:
  unit         beside the code: no network, no servers
  integration  against a real nats-server and a real Postgres, started for the run
  e2e          the whole fleet as processes

  mutation     on demand, never part of a run of all: mutates packages one by one and
               tells which mutants their own tests let live. After -- the packages,
               folders or files to mutate; without any, those that carry a promise (hours)

For the other groups, what follows -- goes to vitest:
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

/** Parts the group from what stands behind `--`, which the parser of the line puts in one list. */
function parseArguments(given: readonly string[], line: readonly string[]): Arguments {
  const dashes = line.indexOf("--");
  const rest = dashes < 0 ? [] : line.slice(dashes + 1);
  const [group, ...tooMany] = given.slice(0, given.length - rest.length);
  if (tooMany.length > 0 || (group !== undefined && !groups.includes(group))) {
    throw new CliError(`no such group of tests: ${[group, ...tooMany].join(" ")}`, {
      exitCode: exitCodes.usage,
      next: `choose one of ${groups.join(", ")}, or none for all; arguments for vitest follow --`,
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
    const next = "./mio test --help shows what may follow --";
    throw new CliError(error.message, { exitCode: exitCodes.usage, next });
  });
  io.exitWith(isEnough ? exitCodes.ok : exitCodes.failed);
}
