import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { Generator } from "./generator.ts";
import { repositoryRoot } from "./repository.ts";

const proto = join(repositoryRoot, "proto");
const notCopied = new Set(["node_modules", "dist", "gen"]);

/**
 * The TypeScript of the contract. It is generated in a copy of `proto/`, so that looking changes nothing;
 * what is in `gen/` and no longer generated renders as empty, which no file there is.
 */
export async function protoCode(): Promise<readonly Generator[]> {
  const copy = await mkdtemp(join(tmpdir(), "mio-proto-"));
  try {
    await cp(proto, copy, { recursive: true, filter: (path) => !notCopied.has(basename(path)) });
    await symlink(join(proto, "node_modules"), join(copy, "node_modules"));
    await cp(join(proto, "gen"), join(copy, "gen"), { recursive: true });
    const before = listGenerated(copy);
    await promisify(execFile)("pnpm", ["run", "generate"], { cwd: copy });
    const after = new Map(await readAll(copy, listGenerated(copy)));
    const paths = [...new Set([...before, ...after.keys()])].toSorted();
    return paths.map((path) => ({ path: `proto/${path}`, render: () => after.get(path) ?? "" }));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function listGenerated(dir: string): readonly string[] {
  return globSync("gen/**/*.ts", { cwd: dir });
}

function readAll(dir: string, paths: readonly string[]): Promise<(readonly [string, string])[]> {
  return Promise.all(paths.map(async (path) => [path, await readFile(join(dir, path), "utf8")] as const));
}
