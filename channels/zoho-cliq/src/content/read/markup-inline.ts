import type { writeMarkdown } from "@mio/markdown";

/** A node of Markdown: a block, or a part of a line. */
export type Node = Parameters<typeof writeMarkdown>[0]["children"][number];

/** The inline nodes of a line of Markdown. */
export type PhrasingContent = Extract<Node, { type: "paragraph" }>["children"][number];

/** A character that may be a mark, or a node that marks do not enter. */
type Item = string | PhrasingContent;

type Sign = "*" | "_" | "~";

const nodeTypes = { "*": "strong", _: "emphasis", "~": "delete" } as const;

/** Code, mentions, links and bare addresses, whose content is not markup. */
const verbatim =
  /`([^`\n]+)`|(\{@[^{}\s]*\})|\[([^[\]\n]+)\]\(([a-z]+:[^()\s]+)\)|https?:\/\/[^\s<>`]*[A-Za-z0-9/=&#%+-]/g;

/** What can begin markup or verbatim content. Most messages have none of it. */
const anyMark = /[*_~`[]|\{@|https?:\/\//;

/** Parses Cliq's inline markup into Markdown nodes. Marks that enclose nothing are text. */
export function readInline(text: string): PhrasingContent[] {
  if (!anyMark.test(text)) return text === "" ? [] : [{ type: "text", value: text }];
  return toNodes(itemsOf(text), new Set());
}

function itemsOf(text: string): readonly Item[] {
  const items: Item[] = [];
  let end = 0;
  for (const match of text.matchAll(verbatim)) {
    for (const character of text.slice(end, match.index)) items.push(character);
    items.push(verbatimNode(match));
    end = match.index + match[0].length;
  }
  for (const character of text.slice(end)) items.push(character);
  return items;
}

function verbatimNode([whole, code, mention, label, url]: RegExpMatchArray): PhrasingContent {
  if (code !== undefined) return { type: "inlineCode", value: code };
  // Unchanged: mentions stay the platform's tokens.
  if (mention !== undefined) return { type: "html", value: mention };
  if (label !== undefined && url !== undefined) {
    return { type: "link", url, children: [{ type: "text", value: label }] };
  }
  return { type: "text", value: whole };
}

/** A mark cannot be inside one of its kind, so the recursion is at most three levels deep. */
function toNodes(items: readonly Item[], opened: ReadonlySet<Sign>): PhrasingContent[] {
  const nodes: PhrasingContent[] = [];
  const closers = closersOf(items);
  let at = 0;
  while (at < items.length) {
    const item = items[at] ?? "";
    const end = isSign(item) && !opened.has(item) && opens(items, at) ? closers[item][at + 2] : undefined;
    if (end === undefined || !isSign(item)) {
      nodes.push(typeof item === "string" ? { type: "text", value: item } : item);
      at += 1;
    } else {
      const children = toNodes(items.slice(at + 1, end), new Set([...opened, item]));
      nodes.push({ type: nodeTypes[item], children });
      at = end + 1;
    }
  }
  return joined(nodes);
}

/** For each place, the next mark of each kind that can close on the same line. */
function closersOf(items: readonly Item[]): Readonly<Record<Sign, readonly (number | undefined)[]>> {
  const next = { "*": [], _: [], "~": [] } satisfies Record<Sign, (number | undefined)[]>;
  for (const sign of ["*", "_", "~"] as const) {
    const found: (number | undefined)[] = next[sign];
    let closer: number | undefined;
    for (let at = items.length - 1; at >= 0; at -= 1) {
      if (items[at] === "\n") closer = undefined;
      else if (items[at] === sign && closes(items, at)) closer = at;
      found[at] = closer;
    }
  }
  return next;
}

function opens(items: readonly Item[], at: number): boolean {
  const after = items[at + 1];
  return !isWord(items[at - 1]) && items[at - 1] !== items[at] && after !== items[at] && !isBlank(after);
}

function closes(items: readonly Item[], at: number): boolean {
  const before = items[at - 1];
  return !isWord(items[at + 1]) && items[at + 1] !== items[at] && before !== items[at] && !isBlank(before);
}

function isSign(item: Item): item is Sign {
  return item === "*" || item === "_" || item === "~";
}

function isBlank(item: Item | undefined): boolean {
  return item === undefined || (typeof item === "string" && item.trim() === "");
}

/** Languages without spaces between words have none around marks either. */
const spaced = /^[\p{L}\p{N}]$/u;
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u;

function isWord(item: Item | undefined): boolean {
  return typeof item === "string" && spaced.test(item) && !unspaced.test(item);
}

/** Joins adjacent texts. */
function joined(nodes: readonly PhrasingContent[]): PhrasingContent[] {
  const result: PhrasingContent[] = [];
  let text = "";
  for (const node of nodes) {
    if (node.type === "text") {
      text += node.value;
      continue;
    }
    if (text !== "") result.push({ type: "text", value: text });
    text = "";
    result.push(node);
  }
  return text === "" ? result : [...result, { type: "text", value: text }];
}
