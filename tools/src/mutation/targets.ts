import { existsSync } from "node:fs";
import { join, normalize } from "node:path";

/** One package, and which of its sources are mutated. */
export interface MutationTarget {
  /** Folder of the package, from the root. */
  readonly owner: string;
  /** Globs from the root; those that begin with `!` take files out. */
  readonly mutate: readonly string[];
}

/** The packages that carry a promise: what `./mio test mutation` mutates when no path is given. */
const promiseCarriers = [
  "packages/bus",
  "packages/store",
  "packages/sealing",
  "packages/envelope",
  "channels/slack",
  "channels/zoho-cliq",
  "services/gateway",
  "services/media-vault",
  "services/sender-pool",
  "sdks/typescript",
];

/** Tests, and code that only tests run. */
const notMutated = ["!**/*.test.ts", "!**/src/contract/**", "!**/src/{main,index}.ts"];

/**
 * The packages to mutate, from paths of packages, folders or files; each is tested by the package that owns it.
 *
 * @throws Error for a path that is in no package or not there
 */
export function toTargets(root: string, paths: readonly string[]): readonly MutationTarget[] {
  const chosen =
    paths.length === 0 ? promiseCarriers : paths.map((path) => normalize(path).replace(/\/$/, ""));
  const byOwner = Map.groupBy(chosen, (path) => ownerOf(root, path));
  return [...byOwner].map(([owner, within]) => ({
    owner,
    mutate: [...within.map((path) => toGlob(path, owner)), ...notMutated],
  }));
}

function ownerOf(root: string, path: string): string {
  const owner = path.split("/").slice(0, 2).join("/");
  if (!existsSync(join(root, owner, "package.json")) || !existsSync(join(root, path)))
    throw new Error(`${path} is no package, folder or file of a package`);
  return owner;
}

function toGlob(path: string, owner: string): string {
  if (path.endsWith(".ts")) return path;
  return path === owner ? `${owner}/src/**/*.ts` : `${path}/**/*.ts`;
}
