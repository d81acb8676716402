import { z } from "zod";

/** A text or number as text; empty for anything else. */
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

/** A whole number of milliseconds; undefined for anything else, because a wrong time must not cost the message. */
export const time: z.ZodType<number | undefined> = z
  .unknown()
  .optional()
  .transform((value) => {
    const ms = typeof value === "string" && value !== "" ? Number(value) : value;
    return typeof ms === "number" && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
  });

/** Any object. */
export const fields: z.ZodType<Record<string, unknown>> = z.record(z.string(), z.unknown());

export type Fields = Readonly<Record<string, unknown>>;

/** The object; an empty one for any other value. */
export function fieldsOf(value: unknown): Fields {
  return fields.safeParse(value).data ?? {};
}

/** The text of a value: itself, or the `text` of an object. */
export function textOf(value: unknown): string {
  return word.parse(value) || word.parse(fieldsOf(value)["text"]);
}

/** Whether a value is empty. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

/** The list; a single value becomes a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (isEmpty(value)) return [];
  return Array.isArray(value) ? value : [value];
}
