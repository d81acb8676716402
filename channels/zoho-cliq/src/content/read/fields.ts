import { z } from "zod";

/** A text or a number as text; empty when it is neither. */
export const word: z.ZodType<string> = z
  .union([z.string(), z.number()])
  .nullish()
  .catch(undefined)
  .transform((value) => (value === null || value === undefined ? "" : String(value)));

export const flag: z.ZodType<boolean> = z
  .union([z.boolean(), z.string()])
  .nullish()
  .catch(undefined)
  .transform((value) => value === true || value === "true");

/** Anything but a whole number of ms is no time; a wrong time must not cost the message. */
export const time: z.ZodType<number | undefined> = z
  .unknown()
  .optional()
  .transform((value) => {
    const ms = typeof value === "string" && value !== "" ? Number(value) : value;
    return typeof ms === "number" && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
  });

/** An object of which nothing is known but that it is one. */
export const fields: z.ZodType<Record<string, unknown>> = z.record(z.string(), z.unknown());

export type Fields = Readonly<Record<string, unknown>>;

/** The object, or one without fields when the value is something else. */
export function fieldsOf(value: unknown): Fields {
  return fields.safeParse(value).data ?? {};
}

/** The text of a value: itself, or the `text` of an object. */
export function textOf(value: unknown): string {
  return word.parse(value) || word.parse(fieldsOf(value)["text"]);
}

/** Whether a value holds anything at all. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

/** The list, or the one value that stands for it. */
export function listOf(value: unknown): readonly unknown[] {
  if (isEmpty(value)) return [];
  return Array.isArray(value) ? value : [value];
}
