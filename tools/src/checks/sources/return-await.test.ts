import { describe, expect, it } from "vitest";
import { findBareReturns } from "./return-await.ts";

const linesOf = (text: string): readonly string[] =>
  findBareReturns("a.ts", text).map((problem) => problem.split(":")[1] ?? "");

describe("return-await", () => {
  it.each([
    ["a call", "async function f() {\n using r = open();\n return work(r);\n}"],
    ["under await using", "async function f() {\n await using r = await open();\n return work(r);\n}"],
    ["in an arrow function", "const f = async () => {\n using r = open();\n return r.work();\n};"],
    ["in a method", "const o = { async f() {\n using r = open();\n return r.work();\n} };"],
    ["one side of a choice", "async function f() {\n using r = open();\n return r.ok ? 1 : work(r);\n}"],
    ["the last resort", "async function f() {\n using r = open();\n return r.done ?? (work(r) as Work);\n}"],
    ["an optional call", "async function f() {\n using r = open();\n return r.work?.();\n}"],
    ["in a block further in", "async function f() {\n using r = open(); if (r.ok) {\n return work(r);\n}}"],
  ])("refuses %s that is not awaited", (_name, text) => {
    expect(linesOf(text)).toEqual(["3"]);
  });

  it("refuses a promise that went through a constant", () => {
    expect(
      linesOf("async function f() {\n using r = open();\n const done = work(r);\n return done;\n}"),
    ).toEqual(["4"]);
  });

  it.each([
    ["what is awaited", "async function f() { using r = open(); return await work(r); }"],
    ["a value", "async function f() { using r = open(); const n = await work(r); return { n }; }"],
    [
      "a constant of a known type",
      "async function f() { using r = open(); const n: number = count(r); return n; }",
    ],
    ["nothing", "async function f() { using r = open(); await work(r); return; }"],
    ["a call where nothing is in use", "async function f() { return work(); }"],
    [
      "a call of another function",
      "async function f() { using r = open(); await run(() => { return work(); }); }",
    ],
    ["a call after the block that uses it", "async function f() { { using r = open(); } return work(); }"],
    ["a call before it", "async function f() { if (x) return work(); using r = open(); await r.work(); }"],
  ])("accepts %s", (_name, text) => {
    expect(linesOf(text)).toEqual([]);
  });
});
