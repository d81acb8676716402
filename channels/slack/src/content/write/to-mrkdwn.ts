import { type Dialect, renderMarkdown, renderParts, renderPartsInTurns } from "@mio/markdown";
import { escapeText, escapeVerbatim } from "./escape.ts";
import { linkToken } from "./links.ts";

const linkable = /^(?:https?|ftp|mailto|tel|slack):/i;

/** https://docs.slack.dev/messaging/formatting-message-text */
const mrkdwn: Dialect = {
  marks: { bold: "*", italic: "_", strike: "~" },
  lineMarks: /^>/,
  // NOTE: without the space, three of them would quote the rest of the message.
  quote: "&gt; ",
  nestsQuotes: true,
  escape: escapeVerbatim,
  link: ({ url, label }) => (linkable.test(url) ? linkToken(url, label) : undefined),
  token: (text) => (text.startsWith("<") ? `<${escapeText(text.slice(1, -1))}>` : undefined),
};

/** Renders Markdown in Slack's markup. Total: every text has a result. */
export function toMrkdwn(markdown: string): string {
  return renderMarkdown(markdown, mrkdwn);
}

/**
 * Renders Markdown in parts of at most `maxChars` characters, in Slack's markup. Only white space is lost between
 * parts. Formatting that spans parts (code, bold text) is closed in one and reopened in the next.
 */
export function toMrkdwnParts(markdown: string, maxChars: number): readonly string[] {
  return renderParts(markdown, { dialect: mrkdwn, maxChars });
}

/** Like `toMrkdwnParts`, but yields to the event loop. */
export async function toMrkdwnPartsInTurns(markdown: string, maxChars: number): Promise<readonly string[]> {
  return await renderPartsInTurns(markdown, { dialect: mrkdwn, maxChars });
}
