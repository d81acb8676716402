import { copyFile, cp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { createRunner, type ProgramsOptions } from "../run-program.ts";
import { type BundledFiles, bundleService } from "./bundle-service.ts";
import { toNotices } from "./third-party-notices.ts";

export type ServiceName = "gateway" | "media-vault" | "sender-pool" | "echo";

const serviceNames: readonly ServiceName[] = ["gateway", "media-vault", "sender-pool", "echo"];

export interface BuildServicesOptions extends ProgramsOptions {
  /** Receives one folder per service, in place of an earlier one. */
  readonly folder: string;
  /** Default: every service. */
  readonly names?: readonly ServiceName[];
}

/** A service that runs without the repository: `node <folder>/dist/main.js`. */
export interface BuiltService {
  readonly name: ServiceName;
  readonly folder: string;
  /** How many modules are inside. */
  readonly modules: number;
}

/**
 * Builds services for shipping. Each folder needs only Node: it has the code in few files, the compiled code, the
 * migrations, and the licences of the packages inside.
 *
 * @throws Error if a module cannot be found, or if the built service does not load
 */
export async function buildServices(options: BuildServicesOptions): Promise<readonly BuiltService[]> {
  const { names = serviceNames } = options;
  return await Promise.all(names.map((name) => buildService(name, options)));
}

async function buildService(name: ServiceName, options: BuildServicesOptions): Promise<BuiltService> {
  const source = join(options.root, "services", name);
  const folder = resolve(options.root, options.folder, name);
  await rm(folder, { recursive: true, force: true });
  const files = await bundleService(join(source, "src/main.ts"), join(folder, "dist"));
  await writeManifest(source, folder);
  await copyFile(join(options.root, "LICENSE"), join(folder, "LICENSE"));
  await writeFile(join(folder, "THIRD-PARTY-NOTICES.txt"), await toNotices(files));
  await copyMigrations(files, options.root, folder);
  // echo keeps no compiled code: it has defaults for all settings, and few modules.
  if (name !== "echo") await fillCompileCache(folder, options);
  return { name, folder, modules: files.length };
}

const sourceManifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
});

/** Its `type` lets Node load the files as modules without looking into them. */
async function writeManifest(source: string, folder: string): Promise<void> {
  const text = await readFile(join(source, "package.json"), "utf8");
  const manifest = { ...sourceManifest.parse(JSON.parse(text)), private: true, type: "module" };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function copyMigrations(files: BundledFiles, root: string, folder: string): Promise<void> {
  const store = join(root, "packages/store");
  if (!files.includes(join(store, "src/migrate/migrate.ts"))) return;
  await cp(join(store, "migrations"), join(folder, "migrations"), { recursive: true });
}

const wrongSettings = 2;

/** Runs the service without settings: it loads everything, complains and ends. The compiled code stays in its folder. */
async function fillCompileCache(folder: string, { root, signal }: BuildServicesOptions): Promise<void> {
  const run = createRunner({ root, env: {}, signal });
  const main = join(folder, "dist/main.js");
  const { exitCode, output } = await run("node", [main], { cwd: folder });
  if (exitCode !== wrongSettings)
    throw new Error(`${main} exited with ${exitCode} without settings: ${output}`);
}
