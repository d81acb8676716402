import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RichBlockSchema, RichButtonActionSchema, RichContentSchema } from "@mio/proto";
import { type ButtonStyle, buttonActionKinds, buttonStyles, toEnum } from "./enum-words.ts";

/**
 * Cards, tables, lists and buttons, for platforms that can show them; the text stays the fallback. A command with a
 * button that the platform cannot make work is rejected as a whole.
 */
export interface RichContentInit {
  /** The frame around the content. */
  readonly card?: RichCardInit;
  /** Shown in this order. */
  readonly blocks?: readonly RichBlockInit[];
  readonly buttons?: readonly RichButtonInit[];
}

export interface RichCardInit {
  readonly title?: string;
  readonly subtitle?: string;
  readonly thumbnailUrl?: string;
  /** A theme of the platform; unknown themes are ignored. */
  readonly theme?: string;
}

/** One piece of content. Cells beyond the headers of a table are ignored, missing ones are empty. */
export type RichBlockInit =
  | { readonly kind: "text"; readonly title?: string; readonly text: string }
  | { readonly kind: "list"; readonly title?: string; readonly items: readonly string[] }
  | {
      readonly kind: "table";
      readonly title?: string;
      readonly headers: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | {
      readonly kind: "label";
      readonly title?: string;
      readonly labels: readonly { readonly key: string; readonly value: string }[];
    }
  | { readonly kind: "images"; readonly title?: string; readonly urls: readonly string[] };

export interface RichButtonInit {
  readonly label: string;
  readonly style?: ButtonStyle;
  /** Names the button to the platform. A press is not brought to agents yet. */
  readonly key?: string;
  /** Shown when the pointer rests on the button. */
  readonly hint?: string;
  readonly action: RichButtonActionInit;
}

/** What pressing a button does. */
export type RichButtonActionInit =
  | { readonly kind: "open_url" | "preview_url"; readonly url: string }
  | { readonly kind: "copy"; readonly text: string }
  | { readonly kind: "invoke_function"; readonly functionName: string; readonly functionOwner?: string };

/** @throws MioError `sdk.invalid_option` for a word that does not exist. */
export function toWireRichContent(content: RichContentInit): MessageInitShape<typeof RichContentSchema> {
  return {
    ...(content.card && { card: content.card }),
    blocks: (content.blocks ?? []).map(toWireBlock),
    buttons: (content.buttons ?? []).map(({ style, action, ...button }) => ({
      ...button,
      ...(style && { style: toEnum(buttonStyles, style) }),
      action: toWireAction(action),
    })),
  };
}

function toWireBlock(block: RichBlockInit): MessageInitShape<typeof RichBlockSchema> {
  const title = block.title ?? "";
  switch (block.kind) {
    case "text":
      return { content: { case: "text", value: { title, text: block.text } } };
    case "list":
      return { content: { case: "list", value: { title, items: [...block.items] } } };
    case "table": {
      const rows = block.rows.map((cells) => ({ cells: [...cells] }));
      return { content: { case: "table", value: { title, headers: [...block.headers], rows } } };
    }
    case "label":
      return { content: { case: "label", value: { title, labels: [...block.labels] } } };
    case "images":
      return { content: { case: "images", value: { title, urls: [...block.urls] } } };
  }
}

function toWireAction({
  kind,
  ...fields
}: RichButtonActionInit): MessageInitShape<typeof RichButtonActionSchema> {
  return { ...fields, kind: toEnum(buttonActionKinds, kind) };
}
