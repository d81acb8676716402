import { expect, it } from "vitest";
import { measureFile } from "./measure-file.ts";

it("counts lines, functions, comments and exports", () => {
  const text = [
    "/** Documented; nobody calls it. */",
    "export function a(): void {",
    "  // told",
    "}",
    "",
    "export const b = (x: any) => x!.y;",
    "export const c = () => {",
    "  function d(p: 1, q: 2, r: 3, s: 4) {",
    "    return [p, q, r, s];",
    "  }",
    "};",
    "export default c;",
    "",
  ].join("\n");
  expect(measureFile("a.ts", text)).toEqual({
    lines: 12,
    functions: [3, 5, 3],
    manyParameters: 1,
    commentLines: 2,
    listedWords: 2,
    exports: 3,
    documentedExports: 1,
    anyTypes: 1,
    nonNulls: 1,
    defaultExports: 1,
  });
});
