import { z } from "zod";
import { Secret } from "./secret.ts";

/**
 * Types of settings. Each parses the text of an environment variable and also accepts its own output, so that one
 * schema can be applied twice.
 */
type Field<Inner extends z.ZodType> = z.ZodPreprocess<Inner>;

function field<Inner extends z.ZodType>(fromText: (text: string) => unknown, inner: Inner): Field<Inner> {
  return z.preprocess((value) => (typeof value === "string" ? fromText(value.trim()) : value), inner);
}

const digits = /^-?\d+$/;
const toInteger = (text: string): unknown => (digits.test(text) ? Number(text) : text);

/** A whole number within the bounds, inclusive. */
export function int(bounds: { readonly min: number; readonly max: number }): Field<z.ZodNumber> {
  const error = `expected a whole number from ${bounds.min} to ${bounds.max}`;
  return field(
    toInteger,
    z.number({ error }).int({ error }).min(bounds.min, { error }).max(bounds.max, { error }),
  );
}

/** A TCP port; 0 lets the system choose. */
export function port(): Field<z.ZodNumber> {
  return int({ min: 0, max: 65_535 });
}

const flagWords: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "true", "y", "yes", "on"].map((word) => [word, true] as const),
  ...["0", "f", "false", "n", "no", "off"].map((word) => [word, false] as const),
]);

/** A boolean: `true`/`1`/`t`/`yes`/`y`/`on` or `false`/`0`/`f`/`no`/`n`/`off`, in any case. */
export function flag(): Field<z.ZodBoolean> {
  const error = "expected true or false (also 1/0, yes/no, on/off)";
  return field((text) => flagWords.get(text.toLowerCase()) ?? text, z.boolean({ error }));
}

/** Values separated by commas; trims them and drops empty ones. At least one must remain. */
export function csv(): Field<z.ZodArray<z.ZodString>> {
  const error = "expected one or more values separated by commas";
  const split = (text: string): string[] => text.split(",").flatMap((part) => part.trim() || []);
  return field(split, z.array(z.string({ error }), { error }).min(1, { error }));
}

const durationUnits: Readonly<Record<string, number>> = {
  "": 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration in whole milliseconds: `250`, `250ms`, `1.5s`, `2m`, `24h` or `7d`. */
export function durationMs(): Field<z.ZodNumber> {
  const error = "expected a duration such as 250ms, 1.5s, 2m, 24h or 7d (a bare number is milliseconds)";
  return field((text) => toQuantity(text, durationUnits), wholeAmount(error)).meta({ unit: "ms" });
}

const byteUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** A size in whole bytes: `1048576`, `900KiB`, `25MiB`, `1GB`. */
export function bytes(): Field<z.ZodNumber> {
  const error = "expected a size such as 1048576, 900KiB, 25MiB or 1GB (a bare number is bytes)";
  return field((text) => toQuantity(text, byteUnits), wholeAmount(error)).meta({ unit: "bytes" });
}

function wholeAmount(error: string): z.ZodNumber {
  return z.number({ error }).int({ error }).min(0, { error });
}

function toQuantity(text: string, units: Readonly<Record<string, number>>): unknown {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const factor = units[match?.[2]?.toLowerCase() ?? "?"];
  return match?.[1] === undefined || factor === undefined ? text : Math.round(Number(match[1]) * factor);
}

/** A UUID, converted to lower case. */
export function uuid(): Field<z.ZodString> {
  const error = "expected a UUID such as 018f3c9e-7b1a-7c3d-8e4f-1a2b3c4d5e6f";
  return field(
    (text) => text.toLowerCase(),
    z.string({ error }).regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error }),
  );
}

/** An absolute URL with one of the given schemes, trimmed. */
export function url(schemes: readonly [string, ...string[]] = ["http", "https"]): Field<z.ZodString> {
  const error = `expected a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`;
  const hasScheme = (value: string): boolean =>
    schemes.includes(URL.parse(value)?.protocol.slice(0, -1) ?? "");
  return field((value) => value, z.string({ error }).refine(hasScheme, { error }));
}

/** Non-empty text, trimmed. */
export function text(): Field<z.ZodString> {
  const error = "expected text";
  return field((value) => value, z.string({ error }).min(1, { error }));
}

/** A confidential value, as a {@link Secret}. `loadConfig` can also read it from the file at `<NAME>_FILE`. */
export function secret(): Field<z.ZodCustom<Secret, Secret>> {
  return field((value) => new Secret(value), z.instanceof(Secret, { error: "expected a secret" })).meta({
    secret: true,
  });
}
