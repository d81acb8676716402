/** Sixteen unquoted digits may be an id beyond the precision of a JavaScript number. Quoted ones need no care. */
const longNumber = /[:,[]\s*-?\d{16}/;

/** Parses JSON. Integers that are too long for a number become text, because Deluge writes ids unquoted. */
export function parseJson(text: string): unknown {
  return longNumber.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return context?.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;
}
