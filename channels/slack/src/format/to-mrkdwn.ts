import { setFencesAside, setInlineCodeAside } from "./code.ts";
import { convertEmphasis } from "./emphasis.ts";
import { escapeText } from "./escape.ts";
import { htmlToMarkdown } from "./html.ts";
import { setAddressesAside, setLinksAside, setSlackTokensAside } from "./links.ts";
import { createSetAside, unusedMarks } from "./set-aside.ts";
import { setTablesAside } from "./tables.ts";

/**
 * Markdown, with the HTML that models mix into it, as Slack's own markup.
 *
 * Total: every text has a result. Code, tables and Slack's own tokens come out as they went in, but for the escaping
 * of `&`, `<` and `>`, which everything gets. Underlined text is italic in both languages and stays.
 */
export function toMrkdwn(markdown: string): string {
  const aside = createSetAside(markdown);
  const set = (text: string, pass: (text: string, into: typeof aside) => string): string => pass(text, aside);
  let text = set(markdown, setFencesAside);
  text = set(text, setInlineCodeAside);
  // `<code>` has become backticks, so inline code is looked for again.
  text = set(htmlToMarkdown(text), setInlineCodeAside);
  text = set(text, setTablesAside);
  text = set(text, setSlackTokensAside);
  text = set(text, setLinksAside);
  text = set(text, setAddressesAside);
  text = escapeText(text);
  const [star] = unusedMarks(text);
  return aside.restore(convertEmphasis(text, star));
}
