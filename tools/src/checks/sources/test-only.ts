import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Check } from "../check.ts";
import { listSources } from "../list-sources.ts";
import { readWorkspaces } from "../packages/workspaces.ts";
import { verdictOfProblems } from "../problem.ts";
import { writeFiles } from "../write-files.ts";
import { reach, readImportGraph } from "./import-graph.ts";

const isTest = (file: string): boolean => /\.(?:test|itest|e2e)\.ts$|^e2e\//.test(file);

/** What knip starts from; it takes tests for starts, which this check must not. */
const knipSchema = z.object({ workspaces: z.record(z.string(), z.object({ entry: z.array(z.string()) })) });

const manifestSchema = z.object({
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])).default({}),
});

export const testOnly: Check = {
  name: "test-only",
  what: "every source file is reached from the exports or a main of its package, not from tests alone",
  run: async ({ root }) => {
    const dirs = (await readWorkspaces(root)).map(({ dir }) => dir);
    const patterns = dirs.map((dir) => `${dir}/src/**/*.ts`);
    const sources = listSources(root, [...patterns, "*.config.ts"]).filter((file) => !isTest(file));
    const entries = [...(await readStarts(root)), ...(await readExports(root, dirs))];
    const reached = reach(await readImportGraph(root, sources), entries);
    const problems = sources
      .filter((file) => !reached.has(file))
      .map((path) => ({ path, text: "only tests reach it; move it to test/" }));
    return verdictOfProblems(problems, `${sources.length} files`);
  },
  plant: (folder) =>
    writeFiles(folder, {
      "knip.json": '{ "workspaces": {} }',
      "pnpm-workspace.yaml": "packages: [lib]\n",
      "lib/package.json": '{ "name": "lib", "exports": { ".": "./src/index.ts" } }',
      "lib/src/index.ts": "export {};\n",
      "lib/src/played.ts": "export {};\n",
      "lib/src/played.test.ts": 'import "./played.ts";\n',
    }),
};

/** The files that programs start with, by their path from the root. */
async function readStarts(root: string): Promise<readonly string[]> {
  const { workspaces } = knipSchema.parse(JSON.parse(await readFile(join(root, "knip.json"), "utf8")));
  const patterns = Object.entries(workspaces).flatMap(([dir, { entry }]) =>
    entry.filter((pattern) => !isTest(pattern)).map((pattern) => join(dir, pattern)),
  );
  return globSync(patterns, { cwd: root });
}

async function readExports(root: string, dirs: readonly string[]): Promise<readonly string[]> {
  const read = async (dir: string): Promise<readonly string[]> => {
    const text = await readFile(join(root, dir, "package.json"), "utf8");
    const targets = Object.values(manifestSchema.parse(JSON.parse(text)).exports);
    const paths = targets.flatMap((target) => (typeof target === "string" ? target : Object.values(target)));
    return paths.map((path) => join(dir, path));
  };
  return (await Promise.all(dirs.map(read))).flat();
}
