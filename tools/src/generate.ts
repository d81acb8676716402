// Writes every generated file of the repository, or with --check compares and changes nothing.
import { readFile, rm, writeFile } from "node:fs/promises";
import { configDoc } from "./generators/config-doc.ts";
import { contentTables } from "./generators/content-tables.ts";
import { emojiTable } from "./generators/emoji-table.ts";
import { errorsDoc } from "./generators/errors-doc.ts";
import type { Generator } from "./generators/generator.ts";
import { protoCode } from "./generators/proto-code.ts";
import { repositoryRoot } from "./generators/repository.ts";
import { serviceReadmes } from "./generators/service-readmes.ts";

/** All generators. Add a new one here. */
async function listGenerators(): Promise<readonly Generator[]> {
  return [
    errorsDoc,
    configDoc,
    emojiTable,
    ...contentTables(),
    ...(await serviceReadmes()),
    ...(await protoCode()),
  ];
}

/** The generators whose files differ from their output. */
async function findStale(generators: readonly Generator[]): Promise<readonly Generator[]> {
  const stale = await Promise.all(
    generators.map(async (generator) => {
      const present = await readFile(`${repositoryRoot}${generator.path}`, "utf8").catch(() => undefined);
      return present === (await generator.render()) ? [] : [generator];
    }),
  );
  return stale.flat();
}

/** Writes a file; deletes one whose generator renders an empty text. */
async function write({ path, render }: Generator): Promise<string> {
  const content = await render();
  if (content === "") {
    await rm(`${repositoryRoot}${path}`);
    return `removed ${path}`;
  }
  await writeFile(`${repositoryRoot}${path}`, content);
  return `wrote ${path}`;
}

const generators = await listGenerators();
const stale = await findStale(generators);
if (process.argv.includes("--check")) {
  for (const { path } of stale) process.stdout.write(`${path} is not what its generator makes\n`);
  if (stale.length > 0) process.stdout.write("run: node --conditions=@mio/source tools/src/generate.ts\n");
  process.stdout.write(`${generators.length} generated files\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const generator of stale) process.stdout.write(`${await write(generator)}\n`);
}
