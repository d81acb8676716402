import { writeMarkdown } from "@mio/markdown";
import type { BlockContent } from "mdast";
import { isPreview, readAttachment } from "./attachment.ts";
import { type BlockReading, readBlocks } from "./blocks.ts";
import { list, word } from "./fields.ts";
import { readMrkdwn } from "./mrkdwn.ts";

/** What people see of a message, without its files. */
export interface MessageContent {
  /** Markdown; mentions are Slack's tokens. */
  readonly text: string;
  /** Markdown of the blocks and attachments only. */
  readonly layout: string;
  /** Whether an app made the layout. Slack itself adds `rich_text` to what people type, sometimes later. */
  readonly byApp: boolean;
  /** The types of blocks, elements and attachments that Mio cannot read. */
  readonly unread: readonly string[];
  /** The ids of the people and bots that it mentions. */
  readonly mentioned: ReadonlySet<string>;
}

export interface RawContent {
  readonly text: string;
  readonly blocks?: unknown;
  readonly attachments?: unknown;
}

/** The content as Slack's client shows it: blocks replace the text, attachments follow. Link previews are dropped. */
export function readContent({ text, blocks, attachments }: RawContent): MessageContent {
  const listed: readonly unknown[] = Array.isArray(blocks) ? blocks : [];
  const posted = (Array.isArray(attachments) ? attachments : []).filter((one) => !isPreview(one));
  const reading: BlockReading = { unread: new Set(), depth: 0 };
  const laidOut = readBlocks(listed, reading);
  const isWhole = reading.unread.size === 0;
  const below = posted.flatMap((attachment) => [...readAttachment(attachment, reading)]);
  const source = repeatsMarkup(listed, text) || laidOut.length === 0 ? "text" : "blocks";
  const fromBlocks = isWhole ? laidOut : [...unsaid(text, laidOut), ...laidOut];
  const above = source === "text" ? readMrkdwn(text) : fromBlocks;
  const all = [...above, ...below];
  const markdown = markdownOf(all);
  return {
    text: markdown,
    layout: above === laidOut ? markdown : markdownOf([...laidOut, ...below]),
    byApp: posted.length > 0 || listed.some((block) => word(block, "type") !== "rich_text"),
    unread: [...reading.unread].sort(),
    mentioned: mentionedIn(all),
  };
}

/** The text describes a block that Mio cannot read, unless the other blocks contain the text. */
function unsaid(text: string, laidOut: readonly BlockContent[]): readonly BlockContent[] {
  const said = readMrkdwn(text);
  return markdownOf(laidOut).includes(markdownOf(said)) ? [] : said;
}

/** Slack escapes the text but never a layout. If a layout repeats the escaped text, the text decides. */
function repeatsMarkup(blocks: readonly unknown[], source: string): boolean {
  if (!/[<>&]/.test(source) || blocks.length !== 1) return false;
  const [section] = list(blocks[0], "elements");
  const [only, ...others] = list(section, "elements");
  return others.length === 0 && word(only, "type") === "text" && word(only, "text") === source;
}

function markdownOf(children: readonly BlockContent[]): string {
  return writeMarkdown({ type: "root", children: [...children] });
}

/** Only tokens mention people; the same characters in text and code do not. */
function mentionedIn(blocks: readonly BlockContent[]): ReadonlySet<string> {
  const ids = new Set<string>();
  const waiting: { readonly type: string; readonly value?: unknown; readonly children?: unknown }[] = [
    ...blocks,
  ];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (Array.isArray(node.children)) waiting.push(...node.children);
    if (node.type !== "html" || typeof node.value !== "string") continue;
    for (const [, id = ""] of node.value.matchAll(/<@([A-Z0-9]+)(?:\|[^<>]*)?>/g)) ids.add(id);
  }
  return ids;
}
