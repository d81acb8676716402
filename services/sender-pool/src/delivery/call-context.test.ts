import { expect, it } from "vitest";
import { joinIds } from "./call-context.ts";

it("joins what is known with what an adapter reports, in order and once", () => {
  expect(joinIds(["a", "b"], ["b", "c"])).toEqual(["a", "b", "c"]);
  expect(joinIds(["a"], ["a"])).toEqual(["a"]);
  expect(joinIds([], ["c", "a"])).toEqual(["c", "a"]);
});

it("leaves out an empty id, and makes the others fit to be stored", () => {
  const ids = joinIds(["a"], ["", "b\u0000"]);
  expect(ids).toHaveLength(2);
  expect(ids.join()).not.toContain("\u0000");
});
