import type { Block } from "./block.ts";

/** Mentions that notify everyone in a channel; a label may follow. */
const broadcast = /<!(here|channel|everyone|group)(?:[|^][^<>]*)?>/gi;
/** In blocks, Slack may turn these names into mentions unless the text is verbatim. */
const named = /@(?:here|channel|everyone|group)\b/i;

/** Whether a text, in Markdown or Slack's markup, notifies everyone. */
export function hasBroadcast(text: string): boolean {
  return text.search(broadcast) >= 0;
}

/** The text in Slack's markup, with such mentions as plain words. */
export function withoutBroadcasts(text: string): string {
  return text.replace(broadcast, "@$1");
}

/** The same for the texts of a block. */
export function blockWithoutBroadcasts(block: Block): Block {
  return JSON.parse(JSON.stringify(block), (_, value: unknown) => (isMrkdwn(value) ? quiet(value) : value));
}

interface Mrkdwn {
  readonly type: "mrkdwn";
  readonly text: string;
  readonly verbatim?: true;
}

function isMrkdwn(value: unknown): value is Mrkdwn {
  return typeof value === "object" && value !== null && "type" in value && value.type === "mrkdwn";
}

function quiet({ type, text }: Mrkdwn): Mrkdwn {
  const quietText = withoutBroadcasts(text);
  return named.test(quietText) ? { type, text: quietText, verbatim: true } : { type, text: quietText };
}
