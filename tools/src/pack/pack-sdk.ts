import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { parse } from "yaml";
import { z } from "zod";
import { createRunner, type ProgramsOptions } from "../run-program.ts";
import { bundleSdk, type Imported, oldestNode } from "./bundle-sdk.ts";

export interface PackOptions extends ProgramsOptions {
  /** The folder for the tarball; created if missing. */
  readonly folder: string;
}

/** The packed package, or the reason why it could not be packed. */
export type Packed =
  | {
      readonly kind: "packed";
      readonly name: string;
      readonly version: string;
      readonly tarball: string;
      readonly bytes: number;
      readonly dependencies: Readonly<Record<string, string>>;
    }
  | { readonly kind: "flawed"; readonly problems: readonly string[] };

const sdkDir = "sdks/typescript";

/** Packs the TypeScript SDK as one package for npm: Mio's own packages are inside, public ones are dependencies. */
export async function packSdk(options: PackOptions): Promise<Packed> {
  const { root } = options;
  const folder = resolve(root, options.folder);
  const stage = await mkdtemp(join(tmpdir(), "mio-pack-"));
  try {
    const imported = await bundleSdk(join(root, sdkDir, "src/index.ts"), join(stage, "dist"));
    const manifest = await toManifest(root, imported);
    await writeFile(join(stage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    await copyFile(join(root, "LICENSE"), join(stage, "LICENSE"));
    const readme = await readFile(join(root, sdkDir, "README.md"), "utf8");
    await writeFile(join(stage, "README.md"), withoutRelativeLinks(readme));
    const problems = await findProblems(stage);
    if (problems.length > 0) return { kind: "flawed", problems };
    await mkdir(folder, { recursive: true });
    const run = createRunner(options);
    const packing = await run("pnpm", ["pack", "--pack-destination", folder], { cwd: stage });
    if (packing.exitCode !== 0) return { kind: "flawed", problems: [packing.output] };
    const { name, version, dependencies } = manifest;
    const tarball = join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
    return { kind: "packed", name, version, tarball, bytes: (await stat(tarball)).size, dependencies };
  } finally {
    await rm(stage, { recursive: true });
  }
}

const sourceManifest = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
});

async function toManifest(root: string, imported: Imported) {
  const text = await readFile(join(root, sdkDir, "package.json"), "utf8");
  return {
    ...sourceManifest.parse(JSON.parse(text)),
    type: "module",
    sideEffects: false,
    engines: { node: `>=${oldestNode}` },
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    files: ["dist"],
    dependencies: await toRanges(root, imported),
  };
}

/** The ranges of public packages: the catalog's version or a newer one without breaking changes. */
async function toRanges(root: string, imported: Imported): Promise<Readonly<Record<string, string>>> {
  const file: unknown = parse(await readFile(join(root, "pnpm-workspace.yaml"), "utf8"));
  const { catalog } = z.object({ catalog: z.record(z.string(), z.string()) }).parse(file);
  return Object.fromEntries(imported.map((name) => [name, `^${z.string().parse(catalog[name])}`]));
}

/** The package does not contain pages of the repository. */
function withoutRelativeLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\(\.\.?\/[^)]*\)/g, "$1");
}

async function findProblems(pkgDir: string): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}
