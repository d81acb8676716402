import { readFileSync } from "node:fs";
import { Command } from "commander";
import { z } from "zod";
import { registerAll } from "./commands/index.ts";
import type { Io } from "./io.ts";
import { wrapHelp } from "./wrap-help.ts";

const footer = `
Exit codes:
  0  done          2  wrong use of the command line
  1  failed        3  something is missing on this machine
                   130  interrupted by Ctrl-C; 0 if ./mio up drained

Examples:
  ./mio up                   run the whole fleet, with a simulated chat to type in
  ./mio demo                 follow messages through every hop, in ten seconds
  ./mio doctor               check that this machine is ready
  ./mio check                check format, lint, types, structure and the rest
  ./mio test unit            run the fast tests; ./mio test runs all
  ./mio <command> --help     show the options of one command`;

function toVersion({ argv }: Io): string {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(file));
  return argv.includes("--json") ? JSON.stringify({ ok: true, version }) : version;
}

/** The whole command line. */
export function createProgram(io: Io): Command {
  const program = new Command("mio")
    .description("Mio: an open channel gateway for AI agents")
    .usage("<command> [options]")
    .version(toVersion(io), "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    // Options after a command are its own, even if the command above it has one of that name.
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => io.out(wrapHelp(text.trimEnd())),
      writeErr: (text) => io.note(text.trimEnd()),
      // The caller of the program reports errors, once.
      outputError: () => {},
      getOutHasColors: () => io.paint.isColorSupported,
    })
    .addHelpText("after", footer)
    .exitOverride();
  registerAll(program, io);
  return program;
}
