/** An object of a handler's body. */
export type Fields = Readonly<Record<string, unknown>>;

const none: Fields = {};

/** A text or number as text; empty for anything else. */
export function word(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isFinite(value) ? String(value) : "";
}

export function flag(value: unknown): boolean {
  return value === true || value === "true";
}

/** A whole number of milliseconds; undefined for anything else, because a wrong time must not cost the message. */
export function time(value: unknown): number | undefined {
  const ms = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof ms === "number" && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object; an empty one for any other value. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : none;
}

/** The text of a value: itself, or the `text` of an object. */
export function textOf(value: unknown): string {
  return word(value) || word(fieldsOf(value)["text"]);
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
