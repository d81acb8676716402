import type { Command } from "commander";

/** Finds the command for words such as `bench inbound`; `unknown` is the first word that is not a command. */
export function findCommand(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly unknown?: string } {
  const [word, ...rest] = words;
  if (word === undefined) return { command: program };
  const next = program.commands.find((command) => command.name() === word);
  return next === undefined ? { command: program, unknown: word } : findCommand(next, rest);
}

/** Names the help of a command. */
export function helpOf(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  if (names.length === 0) return "see ./mio --help";
  return `see ./mio ${names.join(" ")} --help`;
}
