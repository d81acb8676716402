import { type Verdict, verdictOf } from "./check.ts";

/** One problem; `path` is a file or folder from the root. */
export interface Problem {
  readonly path: string;
  readonly line?: number;
  readonly text: string;
}

/** Returns the verdict for a list of problems, each with its place as `file:line`. */
export function verdictOfProblems(problems: readonly Problem[], detail: string): Verdict {
  return verdictOf(problems.map(toLine), detail);
}

function toLine({ path, line, text }: Problem): string {
  return line === undefined ? `${path}: ${text}` : `${path}:${line}: ${text}`;
}
