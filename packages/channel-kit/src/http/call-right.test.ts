import { expect, it } from "vitest";
import { callWhile, rightToCall } from "./call-right.ts";

it("allows every call that depends on no right", () => {
  expect(rightToCall()()).toBe(true);
});

it("keeps the right of a call through everything that the call waits for", async () => {
  let held = true;
  const seen: boolean[] = [];
  await callWhile(
    () => held,
    async () => {
      seen.push(rightToCall()());
      await new Promise(setImmediate);
      held = false;
      seen.push(rightToCall()());
    },
  );
  expect(seen).toEqual([true, false]);
  expect(rightToCall()()).toBe(true);
});

it.each([
  [true, true, true],
  [false, true, false],
  [true, false, false],
])("asks the outer right (%s) and the inner one (%s)", (outer, inner, both) => {
  const right = callWhile(
    () => outer,
    () => callWhile(() => inner, rightToCall),
  );
  expect(right()).toBe(both);
});
