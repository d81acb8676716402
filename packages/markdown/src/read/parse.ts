import type { Root } from "mdast";
import { type Options as FromMarkdownOptions, fromMarkdown } from "mdast-util-from-markdown";
import { gfmAutolinkLiteralFromMarkdown } from "mdast-util-gfm-autolink-literal";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTaskListItemFromMarkdown } from "mdast-util-gfm-task-list-item";
import { cjkFriendlyExtension } from "micromark-extension-cjk-friendly";
import { gfmStrikethroughCjkFriendly } from "micromark-extension-cjk-friendly-gfm-strikethrough";
import { gfmAutolinkLiteral } from "micromark-extension-gfm-autolink-literal";
import { gfmTable } from "micromark-extension-gfm-table";
import { gfmTaskListItem } from "micromark-extension-gfm-task-list-item";
import { platformTokens } from "./platform-tokens.ts";

/** CommonMark and GFM, with marks that also close next to Chinese, Japanese and Korean punctuation. */
const dialect: FromMarkdownOptions = {
  extensions: [
    cjkFriendlyExtension(),
    // One tilde means "about"; only two strike text out.
    gfmStrikethroughCjkFriendly({ singleTilde: false }),
    gfmTable(),
    gfmTaskListItem(),
    gfmAutolinkLiteral(),
    platformTokens,
    // Models write tags within Markdown, so a tag at the start of a line does not end the Markdown.
    { disable: { null: ["htmlFlow"] } },
  ],
  mdastExtensions: [
    gfmStrikethroughFromMarkdown(),
    gfmTableFromMarkdown(),
    gfmTaskListItemFromMarkdown(),
    // Its transform would find addresses where GFM has none, and drops the positions of nodes.
    { ...gfmAutolinkLiteralFromMarkdown(), transforms: [] },
  ],
};

/**
 * Parses a text into an mdast tree. Total: every text is valid Markdown. HTML and platform tokens become `html`
 * nodes.
 */
export function parseMarkdown(markdown: string): Root {
  return fromMarkdown(markdown, dialect);
}
