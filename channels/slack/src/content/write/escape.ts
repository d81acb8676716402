/** Escapes what Slack takes for markup; what is escaped already stays as it is. */
export function escapeText(text: string): string {
  return escapeBrackets(text.replace(/&(?!(?:amp|lt|gt);)/g, "&amp;"));
}

/** Escapes text that means exactly what it says: code. */
export function escapeVerbatim(text: string): string {
  return escapeBrackets(text.replaceAll("&", "&amp;"));
}

function escapeBrackets(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The text that Slack shows for an escaped one. */
export function unescapeText(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
