import { expect, it } from "vitest";
import { verdictOfProblems } from "./problem.ts";

it("names the file and line of each problem", () => {
  const problems = [
    { path: "lib/a.ts", line: 3, text: "bad" },
    { path: "lib", text: "worse" },
  ];
  expect(verdictOfProblems(problems, "3 files")).toEqual({
    ok: false,
    detail: "2 problem(s)",
    output: "lib/a.ts:3: bad\nlib: worse",
  });
});

it("is ok without problems", () => {
  expect(verdictOfProblems([], "3 files")).toEqual({ ok: true, detail: "3 files", output: "" });
});
