import { globSync } from "node:fs";

const skipped = new Set(["node_modules", "dist", ".tools", ".mio", ".git", ".turbo"]);

/** Returns the matching files, sorted, by their path from the root; without installed and built files. */
export function listSources(root: string, patterns: readonly string[]): readonly string[] {
  const exclude = (path: string): boolean => path.split("/").some((part) => skipped.has(part));
  return globSync(patterns, { cwd: root, exclude }).toSorted();
}
