import type { SlackBot } from "../model.ts";
import type { SlackPeople } from "./people.ts";

/** Slack's own marks, which stay unchanged: users, channels, special mentions and links. */
const mark = /<(?:[@#!][^<>\n]+|(?:https?|mailto|tel):[^<>\n]+)>/g;

/** Converts typed text to Slack's form: escapes `&`, `<` and `>`, and turns `@name` into a mention. */
export function toMarkup(
  typed: string,
  context: { readonly people: Pick<SlackPeople, "findUser">; readonly bot: SlackBot },
): string {
  let at = 0;
  let text = "";
  for (const { 0: found, index } of typed.matchAll(mark)) {
    text += withMentions(escapeMarkup(typed.slice(at, index)), context) + found;
    at = index + found.length;
  }
  return text + withMentions(escapeMarkup(typed.slice(at)), context);
}

export function mentions(text: string, userId: string): boolean {
  return text.includes(`<@${userId}>`) || text.includes(`<@${userId}|`);
}

/** Formatting that Slack renders as styles or separate blocks. */
const styled = /[*_~`]|^&gt;/m;

/**
 * The rich text block that Slack adds to a typed message. Undefined for formatted text: the simulator does not convert
 * styles, and a block would show the formatting marks as text.
 */
export function toRichText(text: string, blockId: string): object | undefined {
  if (styled.test(text.replace(mark, "")) || text.includes("<!date^")) return undefined;
  const elements = text.split(/(<[^<>\n]+>)/).flatMap((part) => (part === "" ? [] : [toElement(part)]));
  return { type: "rich_text", block_id: blockId, elements: [{ type: "rich_text_section", elements }] };
}

function toElement(part: string): object {
  const [, sign = "", target = "", label = ""] = /^<([@#!]?)([^|<>]+)(?:\|([^<>]*))?>$/.exec(part) ?? [];
  if (target === "") return { type: "text", text: unescapeMarkup(part) };
  if (sign === "@") return { type: "user", user_id: target };
  if (sign === "#") return { type: "channel", channel_id: target };
  if (sign === "")
    return { type: "link", url: unescapeMarkup(target), ...(label && { text: unescapeMarkup(label) }) };
  if (target.startsWith("subteam^"))
    return { type: "usergroup", usergroup_id: target.slice("subteam^".length) };
  return { type: "broadcast", range: target };
}

/** Converts Markdown to Slack's markup, roughly: bold, headings, lists and links. */
export function markdownToMarkup(markdown: string): string {
  return markdown
    .replace(/\[([^[\]\n]*)\]\(([^()\s]*)\)/g, "<$2|$1>")
    .replace(/\*\*([^\n]+?)\*\*/g, "*$1*")
    .replace(/^#{1,6} /gm, "")
    .replace(/^[-*] /gm, "• ");
}

export function unescapeMarkup(text: string): string {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

function escapeMarkup(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function withMentions(
  text: string,
  { people, bot }: { readonly people: Pick<SlackPeople, "findUser">; readonly bot: SlackBot },
): string {
  return text.replace(
    /(?<![\w@])@([\p{L}\p{N}_](?:[\p{L}\p{N}._-]*[\p{L}\p{N}_])?)/gu,
    (written, name: string) => {
      const isBot = ["bot", bot.userId, bot.name].some((own) => own.toLowerCase() === name.toLowerCase());
      const id = isBot ? bot.userId : people.findUser(name)?.id;
      return id === undefined ? written : `<@${id}>`;
    },
  );
}
