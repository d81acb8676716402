import { type Dialect, renderPartsInTurns } from "@mio/markdown";
import { maxTextChars } from "./limits.ts";

/** Schemes that Cliq opens; the last two mention a person without a notification. */
const linkable = /^(?:https?|ftp|mailto|tel|zohoid|mail):/i;

/**
 * - marks: https://www.zoho.com/deluge/help/cliq/posting-to-zoho-cliq.html
 * - mentions: https://www.zoho.com/cliq/help/restapi/v2/mentions/
 */
const cliqFormat: Dialect = {
  marks: { bold: "*", italic: "_", strike: "~" },
  lineMarks: /^[!#]/,
  quote: "!",
  nestsQuotes: false,
  escape: (text) => text,
  link: ({ url, label }) => (linkable.test(url) ? linkOf(url, label) : undefined),
  token: (text) => (text.startsWith("{@") ? text : undefined),
};

function linkOf(url: string, label: string): string {
  const safe = url.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll(" ", "%20");
  return label === "" ? url : `[${label.replaceAll("[", "(").replaceAll("]", ")")}](${safe})`;
}

/**
 * Renders Markdown in Cliq's format, in parts of one message each. Formatting that spans parts is closed and
 * reopened.
 */
export async function toCliqTexts(markdown: string): Promise<readonly string[]> {
  return await renderPartsInTurns(markdown, { dialect: cliqFormat, maxChars: maxTextChars });
}
