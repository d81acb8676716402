import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listSources } from "../src/checks/list-sources.ts";
import { codeBlocks } from "../src/docs/markdown.ts";
import { repositoryRoot } from "../src/generators/repository.ts";
import { createRunner } from "../src/run-program.ts";
import { installPackages } from "./install-packages.ts";

/** Their examples need what a reader has around them; tests of their own compile them within that. */
const compiledElsewhere = new Set(["sdks/typescript/README.md", "docs/channels/authoring.md"]);

let dir: string;
beforeEach(async () => {
  await mkdir(join(repositoryRoot, "tools/dist"), { recursive: true });
  dir = await mkdtemp(join(repositoryRoot, "tools/dist/examples-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Compiles sources, by file name, as a user of every package of ours would. Resolves to what tsc says. */
async function compile(sources: ReadonlyMap<string, string>): Promise<string> {
  for (const [file, source] of sources) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), `${source}\nexport {};\n`);
  }
  await installPackages(dir);
  const config = {
    extends: join(repositoryRoot, "tsconfig.base.json"),
    compilerOptions: {
      ...{ noEmit: true, composite: false, declarationMap: false, tsBuildInfoFile: null },
      ...{ noUnusedLocals: false, noUnusedParameters: false },
    },
    include: ["**/*.ts"],
  };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(repositoryRoot, "node_modules/.bin/tsc");
  const signal = AbortSignal.timeout(120_000);
  const run = createRunner({ root: repositoryRoot, env: process.env, signal });
  return (await run(tsc, ["-p", dir, "--pretty", "false"])).output;
}

async function readExamples(): Promise<ReadonlyMap<string, string>> {
  const pages = listSources(repositoryRoot, ["*.md", "*/**/*.md"]).filter(
    (page) => !compiledElsewhere.has(page),
  );
  const read = pages.map(async (page) => {
    const blocks = codeBlocks(await readFile(join(repositoryRoot, page), "utf8"), "ts");
    return blocks.map((code, at) => [`${page.replace(/\.md$/, "")}-${at + 1}.ts`, code] as const);
  });
  return new Map((await Promise.all(read)).flat());
}

test("every TypeScript example of the documentation compiles", async () => {
  const examples = await readExamples();
  expect([...examples.keys()]).toContain("README-1.ts");
  expect(await compile(examples)).toBe("");
});

test("an example that calls what does not exist is found, with its page", async () => {
  const wrong = 'import { connect } from "@mio/sdk";\nawait using mio = await connect({ server: "x" });\n';
  const output = await compile(new Map([["docs/page-1.ts", wrong]]));
  expect(output).toContain(relative(repositoryRoot, join(dir, "docs/page-1.ts")));
  expect(output).toContain("'server' does not exist");
});
