import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFiles } from "../write-files.ts";
import { findChannelNames } from "./core-names-no-channel.ts";
import { findStrangers, layers } from "./layers.ts";
import { differences, references } from "./references.ts";
import { findPinProblems } from "./versions.ts";
import type { Manifest } from "./workspaces.ts";

function manifest(parts: Partial<Manifest> = {}): Manifest {
  return { name: "x", dependencies: {}, devDependencies: {}, optionalDependencies: {}, ...parts };
}

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mio-checks-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = (files: Readonly<Record<string, string>>) => writeFiles(root, files);

const context = () => ({ root, run: () => Promise.reject(new Error("runs nothing")) });

describe("layers", () => {
  const using = (dir: string, ...names: string[]) =>
    findStrangers({
      dir,
      manifest: manifest({ dependencies: Object.fromEntries(names.map((name) => [name, "workspace:*"])) }),
    });

  it.each([
    ["services/echo", "@mio/sdk", true],
    ["services/echo", "@mio/envelope", false],
    ["channels/slack", "@mio/channel-kit", true],
    ["channels/slack", "@mio/bus", false],
    ["channels/slack", "@mio/channel-zoho-cliq", false],
    ["simulators/slack", "@mio/simulator-kit", true],
    ["simulators/slack", "@mio/simulator-zoho-cliq", false],
    ["services/gateway", "@mio/channels", true],
    ["services/gateway", "@mio/channel-kit", true],
    ["services/gateway", "@mio/channel-slack", false],
  ])("%s and %s: %s", (dir, name, may) => {
    expect(using(dir, name)).toHaveLength(may ? 0 : 1);
  });

  it("refuses imports of the commercial overlay", async () => {
    const importing = (path: string) => `import { y } from "${path}";\n`;
    await write({
      "pnpm-workspace.yaml": "packages: []\n",
      "packages/a/src/x.ts": importing("../../../ee/y.ts"),
      "packages/a/node_modules/z.ts": importing("../../../ee/y.ts"),
      "ee/y.ts": importing("../ee/z.ts"),
    });
    const verdict = await layers.run(context());
    expect(verdict.output).toBe("packages/a/src/x.ts: nothing may import ee/");
  });
});

describe("core", () => {
  it("points at each line that names a channel", () => {
    expect(findChannelNames("a.ts", "const x = 1;\n// as Slack does\n")).toEqual([
      "a.ts:2: names a channel: // as Slack does",
    ]);
  });
});

describe("references", () => {
  it("compares both ways", () => {
    expect(differences("f", ["a", "b"], ["b", "c"])).toEqual([
      "f: lacks a reference to a",
      "f: references c, which package.json does not name",
    ]);
  });

  it("finds a dependency that no tsconfig references", async () => {
    const own = (name: string, dependencies = {}) => JSON.stringify({ name, dependencies });
    const config = (...paths: string[]) => JSON.stringify({ references: paths.map((path) => ({ path })) });
    await write({
      "pnpm-workspace.yaml": "packages: [p/*]\n",
      "tsconfig.json": config("p/a", "p/b"),
      "p/a/package.json": own("@mio/a", { "@mio/b": "workspace:*" }),
      "p/a/tsconfig.json": config(),
      "p/b/package.json": own("@mio/b"),
      "p/b/tsconfig.json": config(),
    });
    expect((await references.run(context())).output).toBe("p/a/tsconfig.json: lacks a reference to p/b");
  });
});

describe("versions", () => {
  const project = manifest({ packageManager: "pnpm@12.1.0" });
  const pins = (node: string, pnpm: string) =>
    manifest({ optionalDependencies: { "node-a": "26.0.0", "node-b": node, "@pnpm/exe.linux-x64": pnpm } });

  it("accepts pins that agree", () => {
    expect(findPinProblems(project, pins("26.0.0", "12.1.0"))).toEqual([]);
  });

  it.each([
    ["26.1.0", "12.1.0", "different Nodes"],
    ["26.0.0", "12.2.0", "is not the packageManager"],
    ["^26.0.0", "12.1.0", "not one exact version"],
  ])("refuses Node %s with pnpm %s", (node, pnpm, complaint) => {
    expect(findPinProblems(project, pins(node, pnpm)).join("\n")).toContain(complaint);
  });
});
