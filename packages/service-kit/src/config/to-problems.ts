import type { z } from "zod";
import { hideSecrets } from "../telemetry/hide-secrets.ts";
import { settingsOf } from "./setting.ts";

/** One configuration problem; `text` continues a sentence that begins with the variable `name`. */
export interface ConfigProblem {
  readonly name: string;
  readonly text: string;
}

/** Converts schema issues to readable sentences. */
export function toProblems(
  schema: z.ZodObject,
  values: Readonly<Record<string, unknown>>,
  issues: readonly z.core.$ZodIssue[],
): readonly ConfigProblem[] {
  const settings = new Map(settingsOf(schema).map((setting) => [setting.name, setting]));
  return issues.map((issue) => {
    const name = String(issue.path[0] ?? "The configuration");
    const setting = settings.get(name);
    const expectation = issue.message.replace(/^Invalid \w+: /, "");
    const value = values[name];
    if (setting !== undefined && value === undefined && issue.code !== "custom") {
      return { name, text: missing(setting) };
    }
    const isShown = setting?.secret === false && value !== undefined;
    return { name, text: `is ${isShown ? show(value) : "wrong"}: ${expectation}` };
  });
}

function missing({
  name,
  description,
  secret,
}: {
  name: string;
  description: string;
  secret: boolean;
}): string {
  const also = secret ? ` (or ${name}_FILE, the path of a file that holds it)` : "";
  return `is not set${also}: expected ${description === "" ? "a value" : description}`;
}

const maxShown = 60;

function show(value: unknown): string {
  const text = hideSecrets(String(value));
  return JSON.stringify(text.length > maxShown ? `${text.slice(0, maxShown)}…` : text);
}
