/** https://www.zoho.com/cliq/help/restapi/v2/mentions/ names `@all` and `@available`, clients offer the others. */
const names = "all|available|participants|everyone|here|channel|online";
const braced = new RegExp(String.raw`\{@(?=(?:${names})\})([a-z]+)\}`, "gi");
const bare = new RegExp(String.raw`(?<![\w/])@(?=(?:${names})\b)`, "gi");

const zeroWidthSpace = "\u200b";

/** Replaces mentions that notify everyone in a chat with plain words. */
export function withoutBroadcasts(text: string): string {
  return text.replace(braced, "@$1").replace(bare, `@${zeroWidthSpace}`);
}

/** The same without making the text longer, for mentions that appear when Markdown is parsed: `&#64;all`. */
export function withoutBroadcastsInPlace(text: string): string {
  return text.replace(bare, "\uff20");
}

/** The same for every text in a body. */
export function bodyWithoutBroadcasts<Body>(body: Body): Body {
  return JSON.parse(JSON.stringify(body), (_, value: unknown) =>
    typeof value === "string" ? withoutBroadcastsInPlace(value.replace(braced, "@$1")) : value,
  );
}
