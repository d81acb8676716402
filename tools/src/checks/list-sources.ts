import { globSync } from "node:fs";

const skipped = new Set(["node_modules", "dist", ".tools", ".mio", ".git", ".turbo"]);

/** The files that match, from the root and sorted, without what is installed or built. */
export function listSources(root: string, patterns: readonly string[]): readonly string[] {
  const exclude = (path: string): boolean => path.split("/").some((part) => skipped.has(part));
  return globSync(patterns, { cwd: root, exclude }).toSorted();
}
