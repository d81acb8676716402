import type { People } from "./people.ts";
import type { CliqSimulator, SimMention } from "./types.ts";

/** A text as Cliq stores it, with mentions as `{@id}`, and the list of mentions. */
export interface MentionedText {
  readonly text: string;
  readonly mentions: readonly SimMention[];
}

/** Turns `@name` into mentions. Puts `names` that are missing in the text in front of it. */
export function applyMentions(
  text: string,
  names: readonly string[],
  context: { readonly people: People; readonly bot: CliqSimulator["bot"] },
): MentionedText {
  const found = new Map<string, SimMention>();
  const place = (name: string): string | undefined => {
    const mention = toMention(name, context);
    if (mention) found.set(mention.id, mention);
    return mention && `{@${mention.id}}`;
  };
  const body = text.replace(/(?<![\w{])@([a-z0-9_-]+)/gi, (written, name: string) => place(name) ?? written);
  const missing = names.filter((name) => !found.has(toMention(name, context)?.id ?? ""));
  const front = missing.flatMap((name) => place(name) ?? []);
  return { text: [...front, body].join(" "), mentions: [...found.values()] };
}

function toMention(
  name: string,
  { people, bot }: { readonly people: People; readonly bot: CliqSimulator["bot"] },
): SimMention | undefined {
  const isBot = ["bot", bot.id, bot.uniqueName, bot.name].some(
    (own) => own.toLowerCase() === name.toLowerCase(),
  );
  if (isBot) return { id: bot.id, name: bot.name, dname: `@${bot.name}`, type: "bot" };
  const user = people.findUser(name);
  return user && { id: user.id, name: user.name, dname: `@${user.name}`, type: "user" };
}
