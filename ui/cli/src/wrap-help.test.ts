import { expect, it } from "vitest";
import { wrapHelp } from "./wrap-help.ts";

const wrap = (lines: readonly string[]): readonly string[] => wrapHelp(lines.join("\n"), 20).split("\n");

it("wraps a paragraph and keeps paragraphs apart", () => {
  expect(wrap(["one two three four five", "six", "", "seven"])).toEqual([
    "one two three four",
    "five six",
    "",
    "seven",
  ]);
});

it("indents the wrapped lines of a list entry", () => {
  expect(wrap(["Exit codes:", "  0  done", "  10 s  one two three", "        four"])).toEqual([
    "Exit codes:",
    "  0  done",
    "  10 s  one two",
    "        three four",
  ]);
});

it("does not break a command or a long word", () => {
  const command = "  echo secret | ./mio credentials set";
  expect(wrap([command, "http://127.0.0.1:8090/a/b"])).toEqual([command, "http://127.0.0.1:8090/a/b"]);
});
