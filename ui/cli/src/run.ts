import { CommanderError } from "commander";
import { exitCodes } from "./cli-error.ts";
import { findCommand, helpOf } from "./find-command.ts";
import type { Io } from "./io.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

/** Runs one command line and returns the exit code; never throws. An empty one shows the help. */
export async function run(io: Io): Promise<number> {
  const line = io.argv.length === 0 ? ["--help"] : [...io.argv];
  const program = createProgram(io);
  try {
    await program.parseAsync(line, { from: "user" });
    return io.exitCode;
  } catch (error) {
    if (io.signal.aborted) return exitCodes.interrupted;
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // commander has already shown the help, because a command was missing.
    if (error instanceof CommanderError && error.code === "commander.help") return exitCodes.usage;
    const words = line.filter((word) => !word.startsWith("-"));
    const help = helpOf(findCommand(program, words).command);
    return reportError(error, io, { json: io.argv.includes("--json"), help });
  }
}
