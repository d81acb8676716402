import { escapeText } from "./escape.ts";

/** A link in Slack's markup. A label has no formatting. */
export function linkToken(address: string, label: string): string {
  const safe = escapeText(address.replaceAll("|", "%7C").replaceAll("<", "%3C").replaceAll(">", "%3E"));
  const shown = escapeText(label.replace(/\s+/g, " ").trim());
  return shown === "" ? `<${safe}>` : `<${safe}|${shown}>`;
}
