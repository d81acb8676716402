import { expect, it } from "vitest";
import { guardListener, type MioEvent } from "./events.ts";

const event: MioEvent = { type: "reconnected" };

it("a listener that throws does no harm", () => {
  const heard: MioEvent[] = [];
  const listener = guardListener((one) => {
    heard.push(one);
    throw new Error("broken logger");
  });
  expect(() => listener(event)).not.toThrow();
  expect(heard).toEqual([event]);
});

it("without a listener events go nowhere", () => {
  expect(() => guardListener(undefined)(event)).not.toThrow();
});
