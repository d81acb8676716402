import { expect, test } from "vitest";
import { createLogLimiter } from "./log-limiter.ts";

test("writes one line per second and key, with the number of skipped ones", () => {
  let now = 0;
  const written: string[] = [];
  const limiter = createLogLimiter({ now: () => new Date(now) });
  const say = (key: string) => limiter.limit(key, (leftOut) => written.push(`${key}+${leftOut}`));
  for (const key of ["a", "a", "a", "b"]) say(key);
  now = 999;
  say("a");
  now = 1_000;
  say("a");
  say("b");
  expect(written).toEqual(["a+0", "b+0", "a+3", "b+0"]);
});
