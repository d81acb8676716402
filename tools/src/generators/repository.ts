import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository, with a slash at the end. */
export const repositoryRoot: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Paths from the root that match a pattern, sorted, so that what is made from them does not depend on the disk. */
export function listFiles(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: repositoryRoot, exclude: ["**/node_modules", "**/dist"] })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
}
