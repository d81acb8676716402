import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const compiled = flatten(readFileSync(join(root, "test/types/examples.ts"), "utf8"));
const readmes = ["README.md", "../../README.md"];
const examples = [...readmes, ...globSync("src/**/*.ts", { cwd: root })].flatMap(examplesOf);

it("finds the examples, in both READMEs and in the comments", () => {
  const places = new Set(examples.map(([place]) => place.replace(/:.*/, "")));
  for (const place of [...readmes, "src/connect.ts", "src/mio.ts", "src/incoming-message.ts"]) {
    expect(places).toContain(place);
  }
});

/** The type check compiles test/types/examples.ts; what the documentation shows must be in there. */
it.each(examples)("compiles the example of %s", (_, statements) => {
  expect(statements).not.toBe("");
  expect(compiled).toContain(statements);
});

function examplesOf(file: string): readonly (readonly [place: string, statements: string])[] {
  const text = readFileSync(join(root, file), "utf8").replaceAll(/^ *\* ?/gm, "");
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(({ 1: example = "", index }) => {
    const line = text.slice(0, index).split("\n").length;
    return [`${file}:${line}`, flatten(example.replace(/^import .*$/m, ""))] as const;
  });
}

function flatten(code: string): string {
  return code.replaceAll(/\s+/g, " ").trim();
}
