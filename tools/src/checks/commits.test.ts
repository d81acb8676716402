import { describe, expect, it } from "vitest";
import { commits, findSubjectProblems } from "./commits.ts";

describe("commits", () => {
  it.each([
    "feat(gateway): accept messages over sockets",
    "fix: retry a lost connection",
    "feat(proto)!: rename a field",
    `docs(sender-pool): ${"x".repeat(53)}`,
  ])("accepts %s", (subject) => {
    expect(findSubjectProblems(subject)).toEqual([]);
  });

  it.each([
    "merge: the new store",
    "Fix the store",
    "fix(store): Retry a lost connection",
    "fix(store): retry.",
    "fix(store):retry",
    `docs(sender-pool): ${"x".repeat(54)}`,
  ])("refuses %s", (subject) => {
    expect(findSubjectProblems(subject)).toHaveLength(1);
  });

  it("reads the last commits where origin is unknown, and none without a repository", async () => {
    const run = (...answers: readonly (readonly [number, string])[]) => {
      const left = [...answers];
      return commits.run({
        root: ".",
        run: () => {
          const [exitCode, output] = left.shift() ?? [1, ""];
          return Promise.resolve({ exitCode, output });
        },
      });
    };
    expect(await run([0, ""])).toMatchObject({ ok: true, detail: "0 new commit(s)" });
    expect(await run([128, "unknown revision"], [0, "fix: a\nBad"])).toMatchObject({ ok: false });
    expect(await run([128, "no repository"], [128, "no repository"])).toMatchObject({ ok: true });
  });
});
