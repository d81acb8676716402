import type { Nodes, Root } from "mdast";

/** Where the parser found markup: the offsets of the characters to escape. */
export function suspects(tree: Root, text: string): readonly number[] {
  const found: number[] = [];
  const waiting: Nodes[] = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const start = node.position?.start.offset;
    const end = node.position?.end.offset;
    if (start !== undefined && end !== undefined) found.push(...offsetsOf(node, text, { start, end }));
    if ("children" in node) waiting.push(...node.children);
  }
  return found;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function offsetsOf({ type }: Nodes, text: string, { start, end }: Range): number[] {
  switch (type) {
    case "root":
    case "paragraph":
    case "text":
    case "break":
    case "tableRow":
    case "tableCell":
      return [];
    case "emphasis":
    case "strong":
    case "delete":
    case "inlineCode":
      return [...alike(text, start), ...alike(text, end - 1)];
    case "blockquote":
      return lineStarts(text, { start, end }).filter((at) => text[at] === ">");
    case "listItem":
      return [bulletOf(text, start)];
    case "table":
      return lineStarts(text, { start, end }).slice(1, 2);
    case "heading":
      return text[start] === "#" ? [start] : lineStarts(text, { start, end }).slice(-1);
    default:
      return alike(text, start);
  }
}

/** The offsets of the equal characters from here on. */
function alike(text: string, at: number): number[] {
  let first = at;
  while (first > 0 && text[first - 1] === text[at]) first -= 1;
  const offsets: number[] = [];
  for (let offset = first; text[offset] === text[at]; offset += 1) offsets.push(offset);
  return offsets;
}

/** The first character of each line that is not space. */
function lineStarts(text: string, { start, end }: Range): number[] {
  const starts: number[] = [];
  for (let at = start; at < end; ) {
    while (at < end && (text[at] === " " || text[at] === "\t")) at += 1;
    starts.push(at);
    const next = text.indexOf("\n", at);
    at = next === -1 ? end : next + 1;
  }
  return starts;
}

/** The sign of a list item, or the end of its number. */
function bulletOf(text: string, start: number): number {
  let at = start;
  while (/\d/.test(text[at] ?? "")) at += 1;
  return at;
}
