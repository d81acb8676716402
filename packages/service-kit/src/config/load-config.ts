import { readFileSync } from "node:fs";
import { MioError } from "@mio/failure";
import type { z } from "zod";
import { readSecretFiles } from "./read-secret-files.ts";
import { toProblems } from "./to-problems.ts";

/** Environment variables by name, for example `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface ConfigSource {
  /** Reads the file at a `<NAME>_FILE` variable. Default: from disk, as UTF-8. */
  readonly readFile?: (path: string) => string;
}

/**
 * Reads a schema whose keys are names of environment variables. An empty variable counts as not set. A secret can
 * also be read from the file at `<NAME>_FILE`.
 *
 * @throws MioError `config.invalid` with one line per problem; it never contains the value of a secret.
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
