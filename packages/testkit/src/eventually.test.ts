import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";

test("returns the first result that is neither an error nor false", async () => {
  let calls = 0;
  const result = await eventually(
    () => {
      calls += 1;
      if (calls === 1) throw new Error("not yet");
      return calls === 2 ? false : "there";
    },
    { everyMs: 1 },
  );
  expect(result).toBe("there");
});

test("throws the last error at the timeout", async () => {
  const check = (): never => {
    throw new Error("stream is missing");
  };
  await expect(eventually(check, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow("stream is missing");
});
