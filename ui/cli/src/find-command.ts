import type { Command } from "commander";

/** Follows words such as `bench inbound` as far as they name commands; `unknown` is the first that does not. */
export function findCommand(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly unknown?: string } {
  const [word, ...rest] = words;
  if (word === undefined) return { command: program };
  const next = program.commands.find((command) => command.name() === word);
  return next === undefined ? { command: program, unknown: word } : findCommand(next, rest);
}

/** Where a person reads on about a command. */
export function helpOf(command: Command): string {
  const names: string[] = [];
  for (let at = command; at.parent !== null; at = at.parent) names.unshift(at.name());
  if (names.length === 0) return "./mio --help lists what there is";
  return `./mio ${names.join(" ")} --help shows what it takes`;
}
