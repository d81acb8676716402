import { type Verdict, verdictOf } from "./check.ts";

/**
 * Folders and files that do not pass a step yet. The step counts what it finds there and does not fail. Remove an entry
 * once it passes.
 */
export const pending = {
  prose: [],
  folders: [],
  cycles: [],
  testOnly: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** One complaint; `path` is a file or folder from the root. */
export interface Problem {
  readonly path: string;
  readonly line?: number;
  readonly text: string;
}

/** A verdict from complaints. Those in pending folders do not fail it; `--json` lists them while the step is ok. */
export function verdictWithout(
  folders: readonly string[],
  problems: readonly Problem[],
  detail: string,
): Verdict {
  const isPending = ({ path }: Problem): boolean =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
  const failing = problems.filter((problem) => !isPending(problem));
  const waiting = problems.filter(isPending);
  if (failing.length > 0 || waiting.length === 0) return verdictOf(failing.map(toLine), detail);
  const output = waiting.map(toLine).join("\n");
  return { ok: true, detail: `${detail}; ${waiting.length} problem(s) in pending folders`, output };
}

function toLine({ path, line, text }: Problem): string {
  return line === undefined ? `${path}: ${text}` : `${path}:${line}: ${text}`;
}
