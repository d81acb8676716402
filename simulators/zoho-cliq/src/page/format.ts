import { type Html, html } from "@mio/simulator-kit";
import type { SimMessage } from "../types.ts";

/** Renders the `{@id}` marks of a text as names. */
export function withMentions(text: string, message: SimMessage): readonly Html[] {
  return text.split(/(\{@[^{}]+\})/).map((part) => {
    const mention = message.mentions.find(({ id }) => part === `{@${id}}`);
    return mention ? html`<span class="mention">@${mention.name}</span>` : html`${part}`;
  });
}
