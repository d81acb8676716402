import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { channelShape } from "../src/checks/packages/channel-shape.ts";
import { repositoryRoot } from "../src/generators/repository.ts";
import { createRunner } from "../src/run-program.ts";
import { flaws } from "./authoring-flaws.ts";
import { installPackages } from "./install-packages.ts";

const page = await readFile(join(repositoryRoot, "docs/channels/authoring.md"), "utf8");

/** The name that the example borrows, because its own is not on the wire. */
const folder = "discord";
const healthy = `channels/${folder}`;
const signal = AbortSignal.timeout(240_000);
const run = createRunner({ root: repositoryRoot, env: process.env, signal });

let root: string;
let failed: ReadonlyMap<string, readonly string[]>;

/** The example's channel as a folder, and a copy of it for each flaw; then one run of all their tests. */
beforeAll(async () => {
  await mkdir(join(repositoryRoot, "tools/dist"), { recursive: true });
  root = await mkdtemp(join(repositoryRoot, "tools/dist/authoring-"));
  await installPackages(root);
  for (const [file, text] of filesOf(page)) await write(join(healthy, file), text);
  for (const [file, text] of Object.entries(surroundings)) await write(file, text);
  await vitest("--update", "golden");
  for (const { name, file, from, to } of flaws) {
    const copy = join("flawed", name);
    await cp(join(root, healthy), join(root, copy), { recursive: true });
    const source = await readFile(join(root, copy, file), "utf8");
    if (!source.includes(from)) throw new Error(`${file} of the example has no ${from}`);
    await write(join(copy, file), source.replace(from, to));
  }
  failed = await vitest();
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("compiles", async () => {
  const tsc = join(repositoryRoot, "node_modules/.bin/tsc");
  expect((await run(tsc, ["-p", join(root, healthy), "--pretty", "false"])).output).toBe("");
});

it("has the shape of a channel", async () => {
  expect(await channelShape.run({ root, run })).toEqual({ ok: true, detail: "1 channel(s)", output: "" });
});

it("passes its tests", () => {
  expect(failed.get(healthy)).toEqual([]);
});

describe("the suite refuses the example", () => {
  it.each(flaws)("with $name", ({ name, law }) => {
    expect((failed.get(join("flawed", name)) ?? []).filter((title) => title.includes(law))).not.toEqual([]);
  });
});

/** Each file that the page shows: sources name themselves in their first line, recorded events before their block. */
function filesOf(markdown: string): ReadonlyMap<string, string> {
  const sources = [...markdown.matchAll(/^```ts\n\/\/ (src\/\S+)\n(.*?)^```/gms)];
  const fixtures = [...markdown.matchAll(/^`(fixtures\/\S+)`\n\n```json\n(.*?)^```/gms)];
  return new Map([...sources, ...fixtures].map(([, file = "", text = ""]) => [file, text]));
}

const surroundings: Readonly<Record<string, string>> = {
  "vitest.config.ts": `export default {
    ssr: { resolve: { conditions: ["@mio/source"], externalConditions: ["@mio/source"] } },
    resolve: { conditions: ["@mio/source"] },
    test: { include: ["channels/*/src/*.test.ts", "flawed/*/src/contract.test.ts"], isolate: false, execArgv: ["--conditions=@mio/source"] },
  };`,
  "proto/channels.yaml": `channel_types: [{ name: ${folder}, status: active }]`,
  "channels/all/src/index.ts": `import { postcard } from "@mio/channel-postcard";
    export const channels: readonly Channel[] = [postcard];`,
  [`${healthy}/README.md`]: "# Postcard\n",
  [`${healthy}/package.json`]: '{ "name": "@mio/channel-postcard", "type": "module" }',
  [`${healthy}/tsconfig.json`]: JSON.stringify({
    extends: join(repositoryRoot, "tsconfig.base.json"),
    compilerOptions: {
      ...{ noEmit: true, isolatedDeclarations: true, types: ["node"] },
      ...{ composite: false, declarationMap: false, declaration: true, tsBuildInfoFile: null },
    },
    include: ["src"],
  }),
};

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Runs the tests that the folder has; resolves to the titles of those that failed, by channel folder. */
async function vitest(...args: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const file = join(root, "report.json");
  const reporter = ["--reporter=json", `--outputFile=${file}`];
  const { output } = await run("vitest", ["run", "--root", root, ...reporter, ...args], { cwd: root });
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(`vitest wrote no report: ${output}`);
  });
  const results = report.parse(JSON.parse(text)).testResults;
  const titles = new Map<string, string[]>();
  for (const { name, assertionResults } of results) {
    const channel = dirname(dirname(name)).slice(root.length + 1);
    const wrong = assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName }) => fullName);
    titles.set(channel, [...(titles.get(channel) ?? []), ...wrong]);
  }
  return titles;
}
