import { expect, it } from "vitest";
import { watchIdle } from "../../src/intake/watch-idle.ts";
import { manualClock } from "../manual-clock.ts";

const idleMs = 1_000;
const done = { kind: "done" } as const;
// The watch looks at neither.
const delivery = {} as never;

it("an account is idle once nothing was done for so long, and not while anything is", async () => {
  const clock = manualClock();
  using idle = watchIdle({ clock, idleMs });
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const seen: number[] = [];
  const handler = (gate: PromiseWithResolvers<void>, number: number) =>
    idle.watched(async () => {
      await gate.promise;
      seen.push(number);
      return done;
    });
  await clock.advance(999);
  const work = gates.map((gate, index) => handler(gate, index)(delivery, delivery));
  await clock.advance(5_000);
  gates[0].resolve();
  expect(await work[0]).toEqual(done);
  await clock.advance(5_000);
  expect(idle.signal.aborted).toBe(false);
  gates[1].resolve();
  await work[1];
  await clock.advance(999);
  expect(idle.signal.aborted).toBe(false);
  await clock.advance(1);
  expect([idle.signal.aborted, seen]).toEqual([true, [0, 1]]);
});

it("counts work that fails as over", async () => {
  const clock = manualClock();
  using idle = watchIdle({ clock, idleMs });
  await expect(idle.watched(() => Promise.reject(new Error("no")))(delivery, delivery)).rejects.toThrow("no");
  await clock.advance(idleMs);
  expect(idle.signal.aborted).toBe(true);
});

it("ends its wait when it is disposed", async () => {
  const clock = manualClock();
  const idle = watchIdle({ clock, idleMs });
  idle[Symbol.dispose]();
  await clock.advance(idleMs);
  expect(idle.signal.aborted).toBe(false);
});
