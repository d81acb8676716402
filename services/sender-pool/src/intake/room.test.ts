import { expect, it } from "vitest";
import { createRoom } from "./room.ts";

it("is full when its places are taken, or when what they hold is too large", () => {
  const room = createRoom({ places: 3, bytes: 100 });
  room.take(10);
  expect([room.free(), room.taken]).toEqual([2, 1]);
  room.take(90);
  expect(room.free()).toBe(0);
  room.give(90);
  expect(room.free()).toBe(2);
  for (let count = 0; count < 3; count += 1) room.take(0);
  expect(room.free()).toBeLessThanOrEqual(0);
});

it("is tight from half of its bytes on", () => {
  const room = createRoom({ places: 3, bytes: 100 });
  room.take(49);
  expect(room.isTight()).toBe(false);
  room.take(1);
  expect(room.isTight()).toBe(true);
  room.give(49);
  expect(room.isTight()).toBe(false);
});
