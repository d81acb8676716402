import fc from "fast-check";
import { expect, test } from "vitest";
import { createFollowRuns } from "./runs.ts";

const arrival = (consumerSequence: number, streamSequence: number, deliveryCount = 1) => ({
  consumerSequence,
  streamSequence,
  deliveryCount,
});

test("deliveries without a gap are one run, and redeliveries between them belong to none", () => {
  const follow = createFollowRuns();
  const first = follow(arrival(7, 40));
  expect(first).toEqual({ from: 40 });
  expect(follow(arrival(8, 41))).toBe(first);
  expect(follow(arrival(9, 38, 2))).toBeUndefined();
  expect(follow(arrival(10, 44))).toBe(first);
});

test.each([
  ["a delivery is missing", arrival(9, 42)],
  ["the consumer was recreated and counts from 1", arrival(1, 42)],
  ["the server repeats a count", arrival(7, 42)],
  ["the stream was recreated and counts from 1", arrival(8, 1)],
])("a new run begins when %s", (_why, next) => {
  const follow = createFollowRuns();
  const first = follow(arrival(7, 40));
  const second = follow(next);
  expect(second).toEqual({ from: next.streamSequence });
  expect(second).not.toBe(first);
});

test("a run that begins with redeliveries starts at the first new message", () => {
  const follow = createFollowRuns();
  expect(follow(arrival(3, 10, 2))).toBeUndefined();
  expect(follow(arrival(4, 11, 2))).toBeUndefined();
  expect(follow(arrival(5, 15))).toEqual({ from: 15 });
});

interface Step {
  readonly to: number;
  readonly again: boolean;
}

/** A consumer that delivers each message once to one of two processes, and now and then an old one again. */
function deliver(steps: readonly Step[]) {
  const readers = [createFollowRuns(), createFollowRuns()];
  const firstReader: number[] = [];
  return steps.flatMap(({ to, again }, index) => {
    const isAgain = again && firstReader.length > 0;
    const sequence = isAgain ? 1 + (index % firstReader.length) : firstReader.push(to);
    const run = readers[to]?.(arrival(index + 1, sequence, isAgain ? 2 : 1));
    const since = run === undefined ? [] : firstReader.slice(run.from - 1, sequence);
    return [{ reader: to, run, isAgain, since }];
  });
}

const steps = fc.array(fc.record({ to: fc.nat({ max: 1 }), again: fc.boolean() }), { maxLength: 60 });

test("a process that receives a message of a run has received all messages since the start of the run", () => {
  fc.assert(
    fc.property(steps, (all) => {
      for (const { reader, run, isAgain, since } of deliver(all)) {
        expect(run === undefined).toBe(isAgain);
        expect(since.every((first) => first === reader)).toBe(true);
      }
    }),
  );
});
