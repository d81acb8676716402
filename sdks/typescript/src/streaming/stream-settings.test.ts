import { expect, it } from "vitest";
import { toStreamLimits } from "./stream-settings.ts";

it.each([
  ["slack", 3_500],
  ["zoho_cliq", 4_500],
  ["a channel of tomorrow", 3_500],
])("a message on %s holds %i characters, unless the program says otherwise", (channelType, maxChars) => {
  expect(toStreamLimits({}, channelType)).toMatchObject({ maxChars, everyMs: 700, maxMs: 240_000 });
  expect(toStreamLimits({ maxChars: 100 }, channelType).maxChars).toBe(100);
});

it.each([
  { everyMs: -1 },
  { everyMs: 25 * 3_600_000 },
  { maxChars: 1 },
  { maxChars: 2.5 },
  { maxMs: 0 },
  { maxMs: Number.NaN },
])("refuses invalid settings: %j", (settings) => {
  expect(() => toStreamLimits(settings, "slack")).toThrow(Object.keys(settings)[0]);
});

it("accepts the limits themselves", () => {
  const least = { everyMs: 0, maxChars: 2, maxMs: 1, interruptedMark: "" };
  expect(toStreamLimits(least, "slack")).toEqual(least);
});
