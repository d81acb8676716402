import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "./on-disk.ts";

/** The keys below a directory that begin with `prefix`, in order. Folders that cannot hold one are not read. */
export async function* walkKeys(
  root: string,
  prefix: string,
  folder = "",
): AsyncGenerator<string, void, undefined> {
  const entries = (await ifPresent(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  const names = entries
    .filter(isOurs)
    .map((entry) => folder + nameOf(entry))
    .sort();
  for (const name of names) {
    if (!name.endsWith("/")) {
      if (name.startsWith(prefix)) yield name;
    } else if (name.startsWith(prefix) || prefix.startsWith(name)) {
      yield* walkKeys(root, prefix, name);
    }
  }
}

/** Keys are links; what begins with a dot, or is a file, was put there by somebody else. */
function isOurs(entry: Dirent): boolean {
  return !entry.name.startsWith(".") && (entry.isDirectory() || entry.isSymbolicLink());
}

/** Folders end in a slash, so that they sort where their keys do. */
function nameOf(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}
