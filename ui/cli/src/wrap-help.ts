/** Wraps help between words to at most `width` columns; never breaks a command to copy. */
export function wrapHelp(text: string, width = 80): string {
  return toBlocks(text.split("\n"))
    .flatMap((block) => wrapBlock(block, width))
    .join("\n");
}

/** A paragraph or an entry of a list. */
interface Block {
  readonly line: string;
  /** Spaces before its second and further lines. */
  readonly indent: number;
}

/** The name of a list entry and the gap after it. */
const entry = /^ +\S+(?: \S+)* {2,}(?=\S)/;
const command = /^ .*(?:\.\/mio |node_modules\/\.bin\/)/;

function toBlocks(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const line of lines) {
    const before = blocks.at(-1);
    if (before !== undefined && goesOn(before, line)) {
      blocks[blocks.length - 1] = { ...before, line: `${before.line} ${line.trim()}` };
    } else {
      blocks.push({ line, indent: entry.exec(line)?.[0].length ?? indentOf(line) });
    }
  }
  return blocks;
}

function goesOn(before: Block, line: string): boolean {
  if (line.trim() === "" || before.line.trim() === "" || command.test(before.line)) return false;
  return indentOf(line) === before.indent && !before.line.endsWith(":") && !entry.test(line);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function wrapBlock({ line, indent }: Block, width: number): readonly string[] {
  if (line.length <= width || command.test(line)) return [line];
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = rest.lastIndexOf(" ", width);
    if (at <= indent) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = " ".repeat(indent) + rest.slice(at + 1).trimStart();
  }
  return [...lines, rest];
}
