import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { type Check, verdictOf } from "../check.ts";
import { ownDependencies, readWorkspaces, type Workspace } from "./workspaces.ts";

const configSchema = z.object({ references: z.array(z.object({ path: z.string() })).default([]) });

export const references: Check = {
  name: "references",
  what: "each tsconfig references what its package.json depends on, and the root references every package",
  run: async ({ root }) => {
    const workspaces = await readWorkspaces(root);
    const problems = await Promise.all(workspaces.map((workspace) => compare(root, workspace, workspaces)));
    const rootProblems = await compareRoot(root, workspaces);
    return verdictOf([...problems.flat(), ...rootProblems], `${workspaces.length} packages`);
  },
};

async function compare(
  root: string,
  workspace: Workspace,
  all: readonly Workspace[],
): Promise<readonly string[]> {
  const own = new Set(ownDependencies(workspace));
  const wanted = all.filter(({ manifest }) => own.has(manifest.name)).map(({ dir }) => dir);
  const file = `${workspace.dir}/tsconfig.json`;
  return differences(file, wanted, await readReferences(root, workspace.dir));
}

async function compareRoot(root: string, all: readonly Workspace[]): Promise<readonly string[]> {
  const wanted = all.map(({ dir }) => dir);
  return differences("tsconfig.json", wanted, await readReferences(root, "."));
}

/** The folders a tsconfig references, from the root. */
async function readReferences(root: string, dir: string): Promise<readonly string[]> {
  const text = await readFile(join(root, dir, "tsconfig.json"), "utf8");
  const { references: listed } = configSchema.parse(JSON.parse(text));
  return listed.map(({ path }) => relative(root, join(root, dir, path)));
}

/** What a file lacks and what it has too much. */
export function differences(
  file: string,
  wanted: readonly string[],
  present: readonly string[],
): readonly string[] {
  const missing = wanted.filter((dir) => !present.includes(dir));
  const extra = present.filter((dir) => !wanted.includes(dir));
  return [
    ...missing.map((dir) => `${file}: lacks a reference to ${dir}`),
    ...extra.map((dir) => `${file}: references ${dir}, which package.json does not name`),
  ];
}
