/** Escapes Slack's control characters; existing escapes stay as they are. */
export function escapeText(text: string): string {
  return escapeBrackets(text.replace(/&(?!(?:amp|lt|gt);)/g, "&amp;"));
}

/** Escapes literal text, such as code. */
export function escapeVerbatim(text: string): string {
  return escapeBrackets(text.replaceAll("&", "&amp;"));
}

function escapeBrackets(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The text that Slack shows for an escaped text. */
export function unescapeText(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
