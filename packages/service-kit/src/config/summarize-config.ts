import type { z } from "zod";
import { hideSecrets } from "../telemetry/hide-secrets.ts";
import { settingsOf } from "./setting.ts";

/** The effective settings as `NAME=value`, for one log line at startup. Secrets show only whether they are set. */
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
