import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText, unescapeText } from "./escape.ts";
import { toMrkdwn, toMrkdwnParts } from "./to-mrkdwn.ts";

const fragments = [
  "a",
  "word ",
  " ",
  "\n",
  "\n\n",
  "*",
  "**",
  "***",
  "_",
  "__",
  "~~",
  "`",
  "``",
  "```",
  "```js\n",
  "<",
  ">",
  "&",
  "&amp;",
  "&lt;",
  "<b>",
  "</b>",
  "<p>",
  "<code>",
  "</code>",
  "<@U1>",
  "<!here>",
  "[",
  "](",
  ")",
  "https://e.com/a_b",
  "|",
  "|---|\n",
  "| a | b |\n",
  "# ",
  "![",
  "\ue000",
  "\ue0010\ue001",
  "😀",
  "x".repeat(40),
];
const markdown = fc.array(fc.constantFrom(...fragments), { maxLength: 40 }).map((parts) => parts.join(""));
const anyText = fc.oneof(markdown, fc.string({ unit: "binary", maxLength: 100 }));
const plain = fc.stringMatching(/^[a-z &<>.,\n]*$/);

/** Slack's markup: a token, or an escaped character. */
const tokens = /<[^<>\n]+>/g;

describe("toMrkdwn", () => {
  it("leaves nothing unescaped but tokens", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const rest = toMrkdwn(text).replace(tokens, "");
        expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
      }),
    );
  });

  it("changes only the escaping of code", () => {
    const code = fc.string({ unit: fc.constantFrom(..."a*_~<>&[]()#| \n"), minLength: 1 });
    fc.assert(
      fc.property(code, (inside) => {
        const shown = unescapeText(toMrkdwn(`\`\`\`\n${inside}\n\`\`\``));
        expect(shown).toBe(`\`\`\`\n${inside}\n\`\`\``);
      }),
    );
  });

  it("escapes once, however often it is asked", () => {
    fc.assert(fc.property(plain, (text) => escapeText(escapeText(text)) === escapeText(text)));
    fc.assert(
      fc.property(plain, (text) => {
        // An indented line is code, in which "&amp;" is literal.
        fc.pre(!/<|>|^ {4}/m.test(text));
        expect(toMrkdwn(toMrkdwn(text))).toBe(toMrkdwn(text));
      }),
    );
  });

  it("escapes & < > of what people wrote exactly once", () => {
    fc.assert(
      fc.property(plain, (text) => {
        const written = text
          .replace(/[&<>]/g, "\\$&")
          .replace(/^ +| +$/gm, "")
          .trim();
        expect(unescapeText(toMrkdwn(written)).replaceAll("\u200b", "")).toBe(written.replaceAll("\\", ""));
      }),
    );
  });
});

describe("toMrkdwnParts", () => {
  const limits = fc.integer({ min: 30, max: 120 });
  const essence = (text: string): string => text.replace(/\s|`/g, "");

  it("makes no part that is too long or blank", () => {
    fc.assert(
      fc.property(anyText, limits, (text, limit) => {
        for (const part of toMrkdwnParts(text, limit)) {
          expect(part.trim()).not.toBe("");
          expect(part.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it("loses nothing but blank space", () => {
    const prose = fc
      .array(fc.constantFrom("word ", "longer-word ", "\n", "\n\n", "😀 ", "& ", "x".repeat(50)), {
        maxLength: 80,
      })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(prose, limits, (text, limit) => {
        expect(essence(toMrkdwnParts(text, limit).join(""))).toBe(essence(toMrkdwn(text)));
      }),
    );
  });

  it("shows every word within any markup once and in order", () => {
    // A link shows its text and not its address; text that looks like a token is not one of our words.
    const marks = [
      ...fragments.filter((mark) => !/[a-z[\]()!|]|[<>]|^```$/.test(mark)),
      "\n```\n",
      "\n~~~\n",
      "\n- ",
      "\n> ",
      "1. ",
      "\n\n    ",
      "\\",
      "<b>",
      "</b>",
    ];
    const pieces = fc.array(fc.oneof(fc.constantFrom(...marks), fc.constant(undefined)), { maxLength: 120 });
    fc.assert(
      fc.property(pieces, limits, (chosen, limit) => {
        const words = chosen.map((mark, at) => mark ?? ` w${at}w `);
        // The word after an opening fence is a language.
        fc.pre(!/^[ >\-\d.]*(?:~~~|```).*\w/m.test(words.join("")));
        const shown = toMrkdwnParts(words.join(""), limit).join("\n").match(/w\d+w/g) ?? [];
        expect(shown).toEqual(words.join("").match(/w\d+w/g) ?? []);
      }),
      { numRuns: 500 },
    );
  });

  it("closes code at the end of a part and reopens it in the next", () => {
    const lines = fc.array(fc.constantFrom("let a = 1;", "**x**", "", "  indented", "y".repeat(60)), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(lines, limits, (code, limit) => {
        const text = `before\n\`\`\`ts\n${code.join("\n")}\n\`\`\`\nafter`;
        const parts = toMrkdwnParts(text, limit);
        for (const part of parts) expect((part.split("```").length - 1) % 2).toBe(0);
        expect(essence(parts.join(""))).toBe(essence(toMrkdwn(text)));
      }),
    );
  });

  it("writes what Slack can read for every text", () => {
    fc.assert(
      fc.property(anyText, limits, (text, limit) => {
        for (const part of toMrkdwnParts(text, limit)) {
          expect((part.split("```").length - 1) % 2).toBe(0);
          expect(part.replace(tokens, "")).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
        }
      }),
      {
        examples: [
          ["``<@U1><code>ab0</b>``", 30],
          ["<code>\ue000<!here>\ue000</b>`\ue000</code>a", 30],
          ["`` <!here></b>abc`d` ``", 30],
          ["<code><b>`</code>https://e.com/a_b", 30],
        ],
      },
    );
  });

  it("lays out hostile texts in a time that grows with their length", () => {
    const units = [
      "a*",
      "*a_ ",
      "[a](",
      "[a][b]",
      "`a",
      ">",
      "<b>",
      "&amp;",
      "**「太字」**です",
      "a\n=\n",
      "- **a**\n",
    ];
    for (const unit of units) {
      const [short, long] = [2_000, 16_000].map((length) => cpuMsOf(unit.repeat(length / unit.length)));
      // Eight times the length; a quadratic time would be sixty-four times as long.
      expect(long, unit).toBeLessThan(30 * Math.max(short ?? 0, 30));
    }
  }, 120_000);
});

function cpuMsOf(text: string): number {
  const before = process.cpuUsage();
  toMrkdwnParts(text, 4_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
