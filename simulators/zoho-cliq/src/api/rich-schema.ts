import { z } from "zod";

export interface ShownCard {
  readonly title?: string | undefined;
  readonly theme?: string | undefined;
  readonly thumbnail?: string | undefined;
}

export type ShownSlide = { readonly title?: string | undefined } & (
  | { readonly type: "text"; readonly data: string }
  | { readonly type: "list" | "images"; readonly data: readonly string[] }
  | { readonly type: "label"; readonly data: readonly Readonly<Record<string, string>>[] }
  | { readonly type: "table"; readonly data: ShownTable }
);

export interface ShownTable {
  readonly headers: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export interface ShownButton {
  readonly label: string;
  readonly type: "+" | "-";
  readonly hint?: string | undefined;
  readonly action: { readonly type: string };
}

/**
 * Cards, slides and buttons, with the limits in Cliq's documentation.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/messageformat/
 * @see https://www.zoho.com/cliq/help/platform/cliq-objects/button-object.html
 */
const card = z.looseObject({
  title: z.string().max(200).optional(),
  theme: z.string().optional(),
  thumbnail: z.string().optional(),
  sections: z.never().optional(),
});

const hundredPercent = z
  .array(z.int().min(1).max(100))
  .refine((widths) => widths.reduce((sum, width) => sum + width, 0) === 100);
const style = z.looseObject({ width: hundredPercent.optional() }).optional();
const title = z.string().optional();
const entry = z
  .record(z.string().min(1), z.string().min(1))
  .refine((pairs) => Object.keys(pairs).length === 1);

const slide = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text"), title, data: z.string().min(1) }),
  z.looseObject({ type: z.literal("list"), title, data: z.array(z.string()).min(1) }),
  z.looseObject({ type: z.literal("label"), title, data: z.array(entry).min(1) }),
  z.looseObject({ type: z.literal("images"), title, data: z.array(z.url()).min(1) }),
  z.looseObject({
    type: z.literal("table"),
    title,
    data: z
      .looseObject({
        headers: z.array(z.string()).min(1),
        rows: z.array(z.record(z.string(), z.string())).min(1),
        style,
        styles: style,
      })
      .refine(({ headers, styles }) => (styles?.width?.length ?? headers.length) === headers.length)
      .refine(({ headers, rows }) =>
        rows.every((row) => Object.keys(row).every((key) => headers.includes(key))),
      ),
  }),
]);

const action = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("open.url"), data: z.looseObject({ web: z.url().max(256) }) }),
  z.looseObject({ type: z.literal("preview.url"), data: z.looseObject({ url: z.url().max(500) }) }),
  z.looseObject({ type: z.literal("copy"), data: z.looseObject({ text: z.string().min(1).max(200) }) }),
  z.looseObject({ type: z.literal("invoke.function"), data: z.looseObject({ name: z.string().min(1) }) }),
  z.looseObject({ type: z.literal("system.api"), data: z.looseObject({ api: z.string().min(1) }) }),
]);

const button = z.looseObject({
  label: z.string().min(1).max(20),
  type: z.enum(["+", "-"]),
  key: z.string().max(100).optional(),
  hint: z.string().max(100).optional(),
  action,
});

export const cardSchema: z.ZodType<ShownCard> = card;
export const slidesSchema: z.ZodType<readonly ShownSlide[]> = z.array(slide).min(1);
export const buttonsSchema: z.ZodType<readonly ShownButton[]> = z.array(button).min(1).max(5);
