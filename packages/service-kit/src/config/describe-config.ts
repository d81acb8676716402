import type { z } from "zod";
import { type Setting, settingsOf } from "./setting.ts";

/** One row of a table of settings. */
export interface SettingRow {
  readonly name: string;
  readonly description: string;
  /** As written in the environment; undefined without a default. */
  readonly default: string | undefined;
  readonly required: boolean;
  /** Can also be read from the file at `<name>_FILE`. */
  readonly secret: boolean;
}

/** Describes a config schema for the documentation. */
export function describeConfig(schema: z.ZodObject): readonly SettingRow[] {
  return settingsOf(schema).map((setting) => ({
    name: setting.name,
    description: setting.description,
    default: setting.secret ? undefined : toDefaultText(setting),
    required: setting.required,
    secret: setting.secret,
  }));
}

const units = {
  ms: [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1],
  ],
  bytes: [
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
    ["", 1],
  ],
} as const;

/** Formats a duration of 2000 as `2s`: in the largest unit that divides it. */
function toDefaultText({ defaultValue, unit }: Setting): string | undefined {
  if (defaultValue === undefined) return undefined;
  if (unit === undefined || typeof defaultValue !== "number") return String(defaultValue);
  const [name, size] = units[unit].find(([, step]) => defaultValue % step === 0) ?? ["", 1];
  return `${defaultValue / size}${name}`;
}
