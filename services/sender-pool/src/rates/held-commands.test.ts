import { expect, it } from "vitest";
import { createHeldCommands } from "./workers.ts";

it("is full at the limit of commands, or of bytes", () => {
  const held = createHeldCommands({ commands: 3, bytes: 100 });
  held.take(10);
  expect([held.free(), held.taken]).toEqual([2, 1]);
  held.take(90);
  expect(held.free()).toBe(0);
  held.give(90);
  expect(held.free()).toBe(2);
  for (let count = 0; count < 3; count += 1) held.take(0);
  expect(held.free()).toBeLessThanOrEqual(0);
});

it("is tight from half of its bytes on", () => {
  const held = createHeldCommands({ commands: 3, bytes: 100 });
  held.take(49);
  expect(held.isTight()).toBe(false);
  held.take(1);
  expect(held.isTight()).toBe(true);
  held.give(49);
  expect(held.isTight()).toBe(false);
});
