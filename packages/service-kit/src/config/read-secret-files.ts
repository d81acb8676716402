import type { z } from "zod";
import { settingsOf } from "./setting.ts";
import type { ConfigProblem } from "./to-problems.ts";

export interface SecretFiles {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly ConfigProblem[];
  /** Settings whose file failed; these are not also reported as missing. */
  readonly broken: ReadonlySet<string>;
}

/** Reads the file of each secret in `schema` whose `<NAME>_FILE` is set. */
export function readSecretFiles(
  schema: z.ZodObject,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): SecretFiles {
  const values: Record<string, string> = {};
  const problems: ConfigProblem[] = [];
  const broken = new Set<string>();
  for (const { name, secret } of settingsOf(schema)) {
    const path = env[`${name}_FILE`];
    if (!secret || path === undefined) continue;
    const content =
      env[name] === undefined
        ? readSecret(path, readFile)
        : { text: `and ${name} are both set: keep one of them` };
    if ("value" in content) {
      values[name] = content.value;
    } else {
      problems.push({ name: `${name}_FILE`, text: content.text });
      broken.add(name);
    }
  }
  return { values, problems, broken };
}

function readSecret(path: string, readFile: (path: string) => string): { value: string } | { text: string } {
  try {
    const value = readFile(path).trim();
    return value === "" ? { text: `names an empty file (${path}): expected the secret in it` } : { value };
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return { text: `names a file that cannot be read${reason}: ${path}` };
  }
}
