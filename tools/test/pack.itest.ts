import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { arch, env, execPath, platform } from "node:process";
import { eventually, openAgentWorld } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot } from "../src/generators/repository.ts";
import { type Packed, packSdk } from "../src/pack/pack-sdk.ts";
import { createRunner } from "../src/run-program.ts";

/** An older Node, by the packages that also the launcher uses. */
const olderNode = "22.23.2";
const nodePackage = `node-${platform === "darwin" && arch === "arm64" ? "bin-" : ""}${platform}-${arch}`;

const signal = new AbortController().signal;
const run = createRunner({ root: repositoryRoot, env, signal });

describe("the packed SDK, in a project of its own", () => {
  let project: string;
  let packed: Packed;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "mio-packed-"));
    packed = await packSdk({ root: repositoryRoot, env, signal, folder: project });
    if (packed.kind !== "packed") throw new Error(packed.problems.join("\n"));
    await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const types = `@types/node@${olderNode.split(".")[0]}`;
    const wanted = [packed.tarball, `${nodePackage}@${olderNode}`, types];
    const options = ["--no-audit", "--no-fund", "--prefer-offline"];
    const installing = await run("npm", ["install", ...options, ...wanted], { cwd: project });
    if (installing.exitCode !== 0) throw new Error(installing.output);
    await writeFile(join(project, "agent.ts"), await firstExample());
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  /** Of the README that came with the package. */
  async function firstExample(): Promise<string> {
    const readme = await readFile(join(project, "node_modules/@mio/sdk/README.md"), "utf8");
    const [, example = ""] = /^```ts\n(.*?)^```/ms.exec(readme) ?? [];
    return example.replace('"nats://localhost:4222"', 'process.env["NATS_URL"] ?? ""');
  }

  async function compile(module: "nodenext" | "bundler"): Promise<string> {
    const resolution =
      module === "bundler"
        ? { module: "esnext", moduleResolution: "bundler" }
        : { module: "nodenext", moduleResolution: "nodenext" };
    const compilerOptions = {
      ...resolution,
      strict: true,
      skipLibCheck: false,
      target: "es2022",
      types: ["node"],
      outDir: module,
    };
    const config = join(project, `tsconfig.${module}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions, files: ["agent.ts"] }));
    return (await run("tsc", ["-p", config])).output;
  }

  it("names public packages by ranges, and nothing of the workspace", async () => {
    const text = await readFile(join(project, "node_modules/@mio/sdk/package.json"), "utf8");
    expect(text).not.toMatch(/workspace:|catalog:|@mio\/(?!sdk")/);
    const { dependencies } = JSON.parse(text);
    expect(Object.values(dependencies)).toSatisfy((ranges: string[]) =>
      ranges.every((range) => /^\^\d+\.\d+\.\d+$/.test(range)),
    );
    const code = await readFile(join(project, "node_modules/@mio/sdk/dist/index.js"), "utf8");
    const types = await readFile(join(project, "node_modules/@mio/sdk/dist/index.d.ts"), "utf8");
    expect(`${code}${types}`).not.toMatch(/from "@mio\//);
    const licence = await readFile(join(project, "node_modules/@mio/sdk/LICENSE"), "utf8");
    expect(licence).toContain("Apache License");
  });

  it.each(["nodenext", "bundler"] as const)(
    "has complete types for a strict program, by %s",
    async (module) => {
      expect(await compile(module)).toBe("");
    },
  );

  it.each([
    [`Node ${olderNode}`, () => join(project, "node_modules", nodePackage, "bin/node")],
    ["the Node of this repository", () => execPath],
  ])("runs the first example of the README on %s", async (_, node) => {
    await compile("nodenext");
    await using world = await openAgentWorld();
    const agent = spawn(node(), ["nodenext/agent.js"], {
      cwd: project,
      env: { PATH: dirname(node()), NATS_URL: world.server.url },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(agent, "exit");
    let errors = "";
    agent.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    try {
      await world.arrive({ text: "hi" });
      await eventually(async () => (await world.commands()).length === 2 || agent.exitCode !== null);
      const said = (await world.commands()).map(({ command }) => command.text);
      expect([errors, said]).toEqual(["", ["thinking…", "You said: hi"]]);
    } finally {
      agent.kill();
      await ended;
    }
  });
});
