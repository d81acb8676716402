import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "./on-disk.ts";

/** The keys below a directory that begin with `prefix`, in order. Skips folders that cannot contain one. */
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

/** Keys are links. Files, and names that begin with a dot, do not belong to the store. */
function isOurs(entry: Dirent): boolean {
  return !entry.name.startsWith(".") && (entry.isDirectory() || entry.isSymbolicLink());
}

/** Folders end in a slash, so that they sort like their keys. */
function nameOf(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}
