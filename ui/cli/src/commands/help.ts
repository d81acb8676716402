import type { Command } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import { findCommand, helpOf } from "../find-command.ts";

export function register(program: Command): void {
  program
    .command("help")
    .description("show this help or the help of a command")
    .argument("[command...]")
    .action((words: readonly string[]) => {
      const { command, unknown } = findCommand(program, words);
      if (unknown === undefined) return command.outputHelp();
      throw new CliError(`unknown command '${unknown}'`, {
        exitCode: exitCodes.usage,
        next: helpOf(command),
      });
    });
}
