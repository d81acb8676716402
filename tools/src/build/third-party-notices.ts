import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { BundledFiles } from "./bundle-service.ts";

const manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

/**
 * The licences of the public packages inside a bundle, which all require that their text goes with the code.
 *
 * @throws ZodError if a package states no licence
 */
export async function toNotices(files: BundledFiles): Promise<string> {
  const folders = [...new Set(files.flatMap(toPackageFolder))].toSorted();
  const notices = new Map(
    await Promise.all(
      folders.map(async (folder) => [await toHeading(folder), await readLicence(folder)] as const),
    ),
  );
  return [...notices]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([heading, licence]) => `${heading}\n\n${licence}`)
    .join(`\n${"-".repeat(80)}\n`);
}

/** The innermost package that a file belongs to; none for Mio's own files. */
function toPackageFolder(file: string): readonly string[] {
  const [, folder] = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return folder === undefined ? [] : [folder];
}

async function toHeading(folder: string): Promise<string> {
  const { name, version, license } = manifest.parse(
    JSON.parse(await readFile(join(folder, "package.json"), "utf8")),
  );
  return `${name} ${version} (${license})`;
}

async function readLicence(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name));
  const texts = await Promise.all(names.toSorted().map((name) => readFile(join(folder, name), "utf8")));
  return texts.length === 0 ? "The package contains no licence text.\n" : texts.join("\n");
}
