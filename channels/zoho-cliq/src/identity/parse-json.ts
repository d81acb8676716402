/** Sixteen digits, bare, may be an id that a JavaScript number cannot hold. Quoted ones are left alone: they are many. */
const longNumber = /[:,[]\s*-?\d{16}/;

/** Parses JSON, keeping integers that are too long for a number as their digits: Deluge writes ids bare. */
export function parseJson(text: string): unknown {
  return longNumber.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return context?.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;
}
