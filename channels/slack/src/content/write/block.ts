/** Slack's limits; https://docs.slack.dev/reference/block-kit/blocks */
export const limits = {
  blocks: 50,
  /** For all texts together. Not documented; Slack rejects about 13,200 and more. */
  messageChars: 12_000,
  headerChars: 150,
  sectionChars: 3_000,
  contextChars: 2_000,
  fieldChars: 2_000,
  fields: 10,
  buttons: 25,
  buttonChars: 75,
  idChars: 255,
  urlChars: 3_000,
  altChars: 2_000,
} as const;

export interface TextObject {
  readonly type: "mrkdwn" | "plain_text";
  readonly text: string;
}

export interface ImageElement {
  readonly type: "image";
  readonly image_url: string;
  readonly alt_text: string;
}

export interface ButtonElement {
  readonly type: "button";
  readonly text: TextObject;
  readonly url: string;
  readonly action_id?: string;
  readonly style?: "primary" | "danger";
}

export interface SectionBlock {
  readonly type: "section";
  readonly text?: TextObject;
  readonly fields?: readonly TextObject[];
  readonly accessory?: ImageElement;
}

/** The blocks of Block Kit that Mio makes. */
export type Block =
  | SectionBlock
  | { readonly type: "header"; readonly text: TextObject }
  | { readonly type: "context"; readonly elements: readonly TextObject[] }
  | { readonly type: "actions"; readonly elements: readonly ButtonElement[] }
  | (ImageElement & { readonly title?: TextObject });

export function mrkdwn(text: string): TextObject {
  return { type: "mrkdwn", text };
}

export function plainText(text: string): TextObject {
  return { type: "plain_text", text };
}

export function section(text: string): SectionBlock {
  return { type: "section", text: mrkdwn(text) };
}

const mark = "…";

/** A text of at most this many characters, with an ellipsis if it was cut. */
export function clamp(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return `${text
    .slice(0, maxChars - mark.length)
    .toWellFormed()
    .replace(/\ufffd$/, "")}${mark}`;
}

/** Whether Slack would fetch a picture from this address. */
export function isPictureAddress(address: string): boolean {
  return address.length <= limits.urlChars && URL.parse(address)?.protocol === "https:";
}
