import { expect, it } from "vitest";
import { verdictWithout } from "./pending.ts";

const problem = (path: string, line?: number) =>
  line === undefined ? { path, text: "bad" } : { path, line, text: "bad" };

it("fails for problems outside the pending folders only", () => {
  const problems = [problem("lib/a.ts", 3), problem("library/b.ts"), problem("old/c.ts")];
  expect(verdictWithout(["lib", "old/c.ts"], problems, "3 files")).toEqual({
    ok: false,
    detail: "1 problem(s)",
    output: "library/b.ts: bad",
  });
});

it("counts and lists what waits in pending folders", () => {
  expect(verdictWithout(["lib"], [problem("lib/a.ts", 3)], "3 files")).toEqual({
    ok: true,
    detail: "3 files; 1 problem(s) in pending folders",
    output: "lib/a.ts:3: bad",
  });
});

it("passes without problems", () => {
  expect(verdictWithout(["lib"], [], "3 files")).toEqual({ ok: true, detail: "3 files", output: "" });
});
