import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const compiled = flatten(readFileSync(join(root, "test/types/examples.ts"), "utf8"));

/** The type check compiles test/types/examples.ts; what the documentation shows must be in there. */
it.each(["README.md", ...globSync("src/**/*.ts", { cwd: root })])(
  "shows only examples that compile in %s",
  (file) => {
    const text = readFileSync(join(root, file), "utf8").replaceAll(/^ *\* ?/gm, "");
    for (const [, example = ""] of text.matchAll(/^```ts\n(.*?)^```/gms)) {
      const statements = flatten(example.replace(/^import .*$/m, ""));
      expect(compiled).toContain(statements);
    }
  },
);

function flatten(code: string): string {
  return code.replaceAll(/\s+/g, " ").trim();
}
