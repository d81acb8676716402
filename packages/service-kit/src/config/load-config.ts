import { readFileSync } from "node:fs";
import { MioError } from "@mio/failure";
import type { z } from "zod";
import { readSecretFiles } from "./read-secret-files.ts";
import { toProblems } from "./to-problems.ts";

/** Environment variables by name, for example `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface ConfigSource {
  /** Reads the file that a `<NAME>_FILE` variable names. Default: from disk, as UTF-8. */
  readonly readFile?: (path: string) => string;
}

/**
 * Reads a schema whose keys are the names of environment variables. A variable set to nothing counts
 * as not set. Every secret is also read from the file that `<NAME>_FILE` names.
 *
 * @throws MioError `config.invalid` with one line for each problem; a secret's value is never in it.
 */
export function loadConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: Env,
  source: ConfigSource = {},
): z.output<Schema> {
  const readFile = source.readFile ?? ((path) => readFileSync(path, "utf8"));
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const files = readSecretFiles(schema, set, readFile);
  const values = { ...set, ...files.values };
  const parsed = schema.safeParse(values);
  const problems = [
    ...files.problems,
    ...toProblems(schema, values, parsed.error?.issues ?? []).filter(
      (problem) => !files.broken.has(problem.name),
    ),
  ];
  if (parsed.success && problems.length === 0) return parsed.data;
  const lines = problems.map((problem) => `${problem.name} ${problem.text}`);
  throw new MioError("config.invalid", lines.join("\n"), { details: { problems: lines.length } });
}
