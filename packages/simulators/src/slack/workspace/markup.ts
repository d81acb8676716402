import type { SlackBot } from "../model.ts";
import type { SlackPeople } from "./people.ts";

/** Slack's own marks, which are left alone: users, channels, special mentions and links. */
const mark = /<(?:[@#!][^<>\n]+|(?:https?|mailto|tel):[^<>\n]+)>/g;

/** Text as Slack stores what a person types: `&`, `<` and `>` escaped, `@name` a mention. */
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

/** The one block that Slack lays out for what a person types. */
export function toRichText(text: string, blockId: string): object {
  const elements = text.split(/(<@[A-Z0-9]+>)/).flatMap((part): readonly object[] => {
    const [, userId] = /^<@([A-Z0-9]+)>$/.exec(part) ?? [];
    if (userId !== undefined) return [{ type: "user", user_id: userId }];
    return part === "" ? [] : [{ type: "text", text: unescapeMarkup(part) }];
  });
  return { type: "rich_text", block_id: blockId, elements: [{ type: "rich_text_section", elements }] };
}

/** Markdown as Slack reads it back, roughly: what is bold, headings, lists and links. */
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
