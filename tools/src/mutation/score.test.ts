import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toScore } from "./score.ts";
import { toTargets } from "./targets.ts";

describe("toScore", () => {
  const mutant = (status: string, line: number) => ({
    status,
    mutatorName: "ConditionalExpression",
    replacement: "true\nand more",
    location: { start: { line } },
  });

  it("counts what tests kill, and names what they do not", () => {
    const mutants = ["Killed", "Timeout", "Survived", "NoCoverage", "Ignored", "CompileError"].map(mutant);
    expect(toScore({ files: { "a.ts": { mutants } } })).toEqual({
      killed: 2,
      survived: 1,
      uncovered: 1,
      percent: 50,
      alive: ["a.ts:2 ConditionalExpression true", "a.ts:3 ConditionalExpression true"],
    });
  });

  it("is 100 without mutants, and refuses what is no report", () => {
    expect(toScore({ files: {} })).toMatchObject({ percent: 100, alive: [] });
    expect(() => toScore({ mutants: [] })).toThrow();
  });
});

describe("toTargets", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "mio-mutation-"));
    await mkdir(join(root, "packages/a/src/deep"), { recursive: true });
    await writeFile(join(root, "packages/a/package.json"), "{}");
    await writeFile(join(root, "packages/a/src/x.ts"), "");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("takes packages, folders and files, each with the tests of its owner", () => {
    expect(toTargets(root, ["packages/a/"])).toMatchObject([{ owner: "packages/a" }]);
    expect(toTargets(root, ["packages/a"])[0]?.mutate[0]).toBe("packages/a/src/**/*.ts");
    const within = toTargets(root, ["packages/a/src/x.ts", "packages/a/src/deep"]);
    expect(within).toHaveLength(1);
    expect(within[0]?.mutate.slice(0, 2)).toEqual(["packages/a/src/x.ts", "packages/a/src/deep/**/*.ts"]);
  });

  it.each(["packages/b", "packages/a/src/y.ts", "packages"])("refuses %s", (path) => {
    expect(() => toTargets(root, [path])).toThrow(`${path} is no package`);
  });
});
