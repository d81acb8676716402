import type { BlockContent, Blockquote, List, ListItem, PhrasingContent } from "mdast";
import { field, list, wholeNumber, word } from "./fields.ts";
import { link, paragraph, splitParagraphs, strong, text, token } from "./tree.ts";

/** Parses what people typed, in Slack's layout. Unknown types are added to `unread`. */
export function readRichText(block: unknown, unread: Set<string>): readonly BlockContent[] {
  const blocks: BlockContent[] = [];
  for (const element of list(block, "elements")) readElement(element, { blocks, unread });
  return blocks;
}

interface Sheet {
  readonly blocks: BlockContent[];
  readonly unread: Set<string>;
}

function readElement(element: unknown, { blocks, unread }: Sheet): void {
  const type = word(element, "type");
  const inline = (): PhrasingContent[] => list(element, "elements").flatMap((one) => readInline(one, unread));
  switch (type) {
    case "rich_text_section":
      blocks.push(...paragraphsOf(inline()));
      return;
    case "rich_text_quote":
      blocks.push({ type: "blockquote", children: paragraphsOf(inline()) } satisfies Blockquote);
      return;
    case "rich_text_preformatted":
      blocks.push({ type: "code", lang: word(element, "language") || null, value: codeOf(element) });
      return;
    case "rich_text_list":
      placeList(readList(element, unread), wholeNumber(element, "indent"), blocks);
      return;
    default:
      // Inline content without a section around it, or something new.
      blocks.push(...paragraphsOf(readInline(element, unread)));
  }
}

function paragraphsOf(children: readonly PhrasingContent[]): BlockContent[] {
  return splitParagraphs(children).flatMap((group) => [...paragraph(...group)]);
}

function readList(element: unknown, unread: Set<string>): List {
  const items = list(element, "elements").map((item): ListItem => {
    const blocks: BlockContent[] = [];
    readElement(item, { blocks, unread });
    return { type: "listItem", children: blocks };
  });
  const ordered = word(element, "style") === "ordered";
  return {
    type: "list",
    ordered,
    start: ordered ? wholeNumber(element, "offset") + 1 : null,
    children: items,
  };
}

/** Slack sends each level of a list as a separate list with an indent. */
function placeList(added: List, indent: number, blocks: BlockContent[]): void {
  const last = blocks.at(-1);
  const item = last?.type === "list" ? last.children.at(-1) : undefined;
  if (last?.type !== "list" || item === undefined) blocks.push(added);
  else if (indent > 0) placeList(added, indent - 1, item.children as BlockContent[]);
  else if (last.ordered === added.ordered && goesOn(last, added)) last.children.push(...added.children);
  else blocks.push(added);
}

/** A numbered list continues the one before it. */
function goesOn(last: List, added: List): boolean {
  return !added.ordered || added.start === (last.start ?? 1) + last.children.length;
}

function readInline(element: unknown, unread: Set<string>): PhrasingContent[] {
  const bare = readBare(element);
  if (bare === undefined) {
    unread.add(`rich_text.${word(element, "type") || "?"}`);
    const visible = word(element, "text") || word(element, "fallback") || word(element, "url");
    return visible === "" ? [] : [text(visible)];
  }
  const style = field(element, "style");
  return bare.flatMap((node) =>
    node.type === "text" ? styledLines(node.value, style) : [styled(node, style)],
  );
}

/** Marks each line separately, so that a blank line within a mark still begins a paragraph. */
function styledLines(value: string, style: unknown): PhrasingContent[] {
  if (style === undefined || style === null) return [text(value)];
  return value
    .split(/(\n+)/)
    .filter((part) => part !== "")
    .map((part) => (part.startsWith("\n") ? text(part) : styled(text(part), style)));
}

/** One element without its style; undefined for an unknown type. */
function readBare(element: unknown): PhrasingContent[] | undefined {
  switch (word(element, "type")) {
    case "text":
      return readText(element);
    case "emoji":
      return [text(`:${word(element, "name")}:`)];
    case "user":
      return [token(`<@${word(element, "user_id")}>`)];
    case "usergroup":
      return [token(`<!subteam^${word(element, "usergroup_id")}>`)];
    case "channel":
      return [token(`<#${word(element, "channel_id")}>`)];
    case "team":
      return [text(word(element, "team_id"))];
    case "broadcast":
      return [token(`<!${word(element, "range")}>`)];
    case "color":
      return [text(word(element, "value"))];
    case "date":
      return [dateOf(element)];
    case "link":
      return [link(word(element, "url"), word(element, "text"))];
    default:
      return undefined;
  }
}

function readText(element: unknown): PhrasingContent[] {
  const value = word(element, "text");
  if (value === "") return [];
  return field(field(element, "style"), "code") === true ? [{ type: "inlineCode", value }] : [text(value)];
}

function dateOf(element: unknown): PhrasingContent {
  const timestamp = wholeNumber(element, "timestamp");
  const written = word(element, "fallback") || (timestamp > 0 ? isoDate(timestamp) : "");
  const url = word(element, "url");
  return url === "" ? text(written) : link(url, written);
}

function isoDate(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

function styled(node: PhrasingContent, style: unknown): PhrasingContent {
  const code: PhrasingContent =
    node.type === "link" && field(style, "code") === true
      ? {
          ...node,
          children: [
            {
              type: "inlineCode",
              value: node.children.map((child) => ("value" in child ? child.value : "")).join(""),
            },
          ],
        }
      : node;
  const struck: PhrasingContent =
    field(style, "strike") === true ? { type: "delete", children: [code] } : code;
  const slanted: PhrasingContent =
    field(style, "italic") === true ? { type: "emphasis", children: [struck] } : struck;
  return field(style, "bold") === true ? strong(slanted) : slanted;
}

/** Code has no marks: links are their addresses, mentions are tokens. */
function codeOf(element: unknown): string {
  const parts = list(element, "elements").map((one) => {
    if (word(one, "type") === "link") return word(one, "text") || word(one, "url");
    const [node] = readBare(one) ?? [];
    return node !== undefined && "value" in node ? node.value : word(one, "text");
  });
  return parts.join("").replace(/\n$/, "");
}
