import { type Dialect, renderMarkdown, renderParts, renderPartsInTurns } from "@mio/markdown";
import { escapeText, escapeVerbatim } from "./escape.ts";
import { linkToken } from "./links.ts";

const linkable = /^(?:https?|ftp|mailto|tel|slack):/i;

/** https://docs.slack.dev/messaging/formatting-message-text */
const mrkdwn: Dialect = {
  marks: { bold: "*", italic: "_", strike: "~" },
  lineMarks: /^>/,
  // NOTE: without the space three of them would quote the rest of the message.
  quote: "&gt; ",
  nestsQuotes: true,
  escape: escapeVerbatim,
  link: ({ url, label }) => (linkable.test(url) ? linkToken(url, label) : undefined),
  token: (text) => (text.startsWith("<") ? `<${escapeText(text.slice(1, -1))}>` : undefined),
};

/** Markdown in Slack's markup. Total: every text has a result. */
export function toMrkdwn(markdown: string): string {
  return renderMarkdown(markdown, mrkdwn);
}

/**
 * Markdown as parts of at most `maxChars` characters each, in Slack's markup. Nothing is lost between them but blank
 * space; what goes on in the next part (code, bold text) is closed in the one and opened again in the other.
 */
export function toMrkdwnParts(markdown: string, maxChars: number): readonly string[] {
  return renderParts(markdown, { dialect: mrkdwn, maxChars });
}

/** As `toMrkdwnParts`, without holding up the process for long. */
export async function toMrkdwnPartsInTurns(markdown: string, maxChars: number): Promise<readonly string[]> {
  return await renderPartsInTurns(markdown, { dialect: mrkdwn, maxChars });
}
