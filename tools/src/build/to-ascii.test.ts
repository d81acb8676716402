import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { toAscii } from "./to-ascii.ts";

it.each([
  '"grün 😀 \\\\ü \\ü \\\\\\ü"',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the code
  '`größe ${"ä"} \\ö`',
  '"ä😀ö".replace(/[ä-ü]/g, "x").replace(/😀$|\\ö/, "y")',
  '"😁x".replace(/[😀-😂]/u, "z")',
  "(() => { const größe = { ä: 1 }; return größe.ä; })() // ü",
])("keeps the value of %s", (code) => {
  const ascii = toAscii(code);
  expect(ascii).toMatch(/^\p{ASCII}*$/u);
  expect(runInNewContext(ascii)).toEqual(runInNewContext(code));
});

it("leaves other code as it is", () => {
  const code = 'const a = "\\\\u00fc" + String.raw`\\d`;';
  expect(toAscii(code)).toBe(code);
});

it("refuses a raw template whose value would change", () => {
  expect(() => toAscii("String.raw`a ü`")).toThrow("String.raw");
});
