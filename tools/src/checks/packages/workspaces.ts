import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const dependencies = z.record(z.string(), z.string()).default({});

const manifestSchema = z.object({
  name: z.string(),
  engines: z.object({ node: z.string() }).optional(),
  packageManager: z.string().optional(),
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
});

export type Manifest = z.infer<typeof manifestSchema>;

/** One package of the workspace. */
export interface Workspace {
  /** From the root, with `/`. */
  readonly dir: string;
  readonly manifest: Manifest;
}

export async function readManifest(path: string): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(path, "utf8")));
}

/** Every package that pnpm-workspace.yaml names, sorted by folder. */
export async function readWorkspaces(root: string): Promise<readonly Workspace[]> {
  const file = await readFile(join(root, "pnpm-workspace.yaml"), "utf8");
  const { packages } = z.object({ packages: z.array(z.string()) }).parse(parse(file));
  const patterns = packages.map((pattern) => `${pattern}/package.json`);
  const paths = globSync(patterns, { cwd: root }).toSorted();
  return Promise.all(
    paths.map(async (path) => ({ dir: dirname(path), manifest: await readManifest(join(root, path)) })),
  );
}

/** The workspace packages that a package declares, for any purpose. */
export function ownDependencies({ manifest }: Workspace): readonly string[] {
  const declared = { ...manifest.dependencies, ...manifest.devDependencies };
  return Object.keys(declared)
    .filter((name) => name.startsWith("@mio/"))
    .toSorted();
}
