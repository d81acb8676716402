/** Header values must not be empty everywhere. No encoded text is a lone percent sign. */
const emptyValue = "%";

/** Writes metadata as HTTP headers can carry it: names with `-`, because proxies drop `_`; values percent-encoded. */
export function toHeaderMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name.replaceAll("_", "-"),
      value === "" ? emptyValue : encodeURIComponent(value.toWellFormed()),
    ]),
  );
}

/** Reads what {@link toHeaderMetadata} wrote. The backend may have changed the case of names. */
export function fromHeaderMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase().replaceAll("-", "_"),
      value === emptyValue ? "" : decode(value),
    ]),
  );
}

/** Another program may have written the value unencoded. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
