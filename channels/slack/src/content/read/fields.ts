/** The field of this name; undefined if missing. */
export function field(node: unknown, name: string): unknown {
  return typeof node === "object" && node !== null ? (node as Record<string, unknown>)[name] : undefined;
}

/** The text field of this name; empty if missing. */
export function word(node: unknown, name: string): string {
  const value = field(node, name);
  return typeof value === "string" ? value : "";
}

export function list(node: unknown, name: string): readonly unknown[] {
  const value = field(node, name);
  return Array.isArray(value) ? value : [];
}

export function wholeNumber(node: unknown, name: string): number {
  const value = field(node, name);
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : 0;
}
