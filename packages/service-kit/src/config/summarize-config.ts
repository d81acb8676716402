import type { z } from "zod";
import { hideSecrets } from "../telemetry/hide-secrets.ts";
import { settingsOf } from "./setting.ts";

/** The settings in force as `NAME=value`, fit for one log line at boot: secrets only say whether they are set. */
export function summarizeConfig<Schema extends z.ZodObject>(
  schema: Schema,
  config: z.output<Schema>,
): readonly string[] {
  const values = new Map<string, unknown>(Object.entries(config));
  return settingsOf(schema).map(({ name, secret }) => {
    const value = values.get(name);
    if (value === undefined) return `${name} is not set`;
    return `${name}=${secret ? "[set]" : hideSecrets(String(value))}`;
  });
}
