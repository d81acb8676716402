import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFiles } from "../write-files.ts";
import { cycles } from "./cycles.ts";
import { folders } from "./folders.ts";
import { testOnly } from "./test-only.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "mio-checks-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const context = () => ({ root, run: () => Promise.reject(new Error("runs nothing")) });

describe("cycles", () => {
  it("finds a circle over three files, made of imports, types and exports", async () => {
    await writeFiles(root, {
      "lib/a.ts": 'import { b } from "./deep/b.ts";\n',
      "lib/deep/b.ts": 'export * from "../c.ts";\n',
      "lib/c.ts": 'import type { A } from "./a.ts";\nimport { d } from "./d.ts";\n',
      "lib/d.ts": "export const d = 1;\n",
      "lib/e.ts": 'import { a } from "./a.ts";\n',
    });
    expect((await cycles.run(context())).output).toBe(
      "lib/a.ts: is in a circle of imports with lib/c.ts, lib/deep/b.ts",
    );
  });

  it("accepts files that two others import", async () => {
    await writeFiles(root, {
      "lib/a.ts": 'import "./b.ts";\nimport "./c.ts";\n',
      "lib/b.ts": 'import "./c.ts";\n',
      "lib/c.ts": "",
    });
    expect(await cycles.run(context())).toMatchObject({ ok: true, detail: "3 files" });
  });
});

describe("folders", () => {
  const numbered = (count: number, name: (at: number) => string) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [name(at), ""]));

  it("counts sources, not tests or generated code", async () => {
    await writeFiles(root, {
      ...numbered(15, (at) => `lib/src/${at}.ts`),
      ...numbered(9, (at) => `lib/src/${at}.test.ts`),
      ...numbered(20, (at) => `lib/src/gen/${at}.ts`),
    });
    expect(await folders.run(context())).toMatchObject({ ok: true });
  });

  it("refuses the sixteenth source of a folder", async () => {
    await writeFiles(
      root,
      numbered(16, (at) => `lib/src/${at}.ts`),
    );
    expect((await folders.run(context())).output).toBe("lib/src: has 16 source files; split it by idea");
  });
});

describe("test-only", () => {
  it("accepts what an export, a main or a program's entry reaches", async () => {
    await writeFiles(root, {
      "pnpm-workspace.yaml": "packages: [lib]\n",
      "knip.json": '{"workspaces": {"*": {"entry": ["src/main.ts", "src/**/*.test.ts"]}}}',
      "lib/package.json":
        '{"name": "lib", "exports": {".": {"@mio/source": "./src/index.ts"}, "./page": "./src/page.ts"}}',
      "lib/src/index.ts": 'export type { A } from "./a.ts";\nimport("./lazy.ts");\n',
      "lib/src/a.ts": 'new Worker(new URL("./worker.ts", import.meta.url));\n',
      "lib/src/main.ts": "",
      "lib/src/page.ts": "",
      "lib/src/lazy.ts": "",
      "lib/src/worker.ts": "",
      "lib/src/scripted.ts": "",
      "lib/src/a.test.ts": 'import "./scripted.ts";\n',
    });
    expect((await testOnly.run(context())).output).toBe(
      "lib/src/scripted.ts: only tests reach it; move it to test/",
    );
  });
});
