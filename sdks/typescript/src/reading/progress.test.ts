import { describe, expect, it } from "vitest";
import type { Identity } from "./delivery.ts";
import { createProgress, type Progress } from "./progress.ts";

const consumer = "2026-11-30T08:00:00.5Z";
const first = "2026-11-30T08:00:00Z";
const second = "2026-11-30T09:00:00Z";
const createdMs = Date.parse(first);
/** A message of the first stream, one each second. */
const at = (seq: number): Identity => ({ seq, timeMs: createdMs + seq * 1_000 });
const floor = (progress: Progress, reached: number, created = consumer) =>
  progress.floorReached({ created, floor: reached });
const look = (progress: Progress, created: string, lastSeq: number) =>
  progress.streamSeen({ created, lastSeq }, progress.reached());

/** A reader that has finished everything up to 20, and 22. */
function readUpTo20(): Progress {
  const progress = createProgress();
  look(progress, first, 22);
  for (const seq of [19, 20, 21, 22]) progress.arrived(at(seq));
  for (const seq of [19, 20, 22]) progress.settled(at(seq));
  floor(progress, 20);
  return progress;
}

describe("progress", () => {
  it("has no position before the server has reported its floor", () => {
    const progress = createProgress();
    progress.settled(at(4));
    expect(progress.resumeAt()).toBeUndefined();
    expect(progress.isSettled(at(4))).toBe(true);
    expect(progress.reached()).toEqual({ seq: 0, timeMs: 0 });
  });

  it("resumes after the floor and remembers what was finished above it", () => {
    const progress = readUpTo20();
    expect(progress.resumeAt()).toBe(21);
    expect([20, 21, 22].map((seq) => progress.isSettled(at(seq)))).toEqual([false, false, true]);
    expect(progress.reached()).toEqual(at(22));
  });

  it("forgets what the floor has passed, and never goes back with one consumer", () => {
    const progress = readUpTo20();
    floor(progress, 22);
    floor(progress, 5);
    expect(progress.resumeAt()).toBe(23);
    expect(progress.isSettled(at(22))).toBe(false);
  });

  it("takes the floor of a consumer that was recreated as it is", () => {
    const progress = readUpTo20();
    floor(progress, 5, "2026-11-30T08:30:00Z");
    expect(progress.resumeAt()).toBe(6);
    expect(progress.isSettled(at(22))).toBe(true);
  });

  it("keeps the highest message that arrived, also when earlier ones come again", () => {
    const progress = readUpTo20();
    progress.arrived(at(21));
    expect(progress.highest()).toEqual(at(22));
    floor(progress, 30);
    expect(progress.reached().seq).toBe(30);
  });

  it("bounds what it remembers", () => {
    const progress = createProgress();
    floor(progress, 0);
    for (let seq = 1; seq <= 100_001; seq += 1) progress.settled(at(seq));
    expect([1, 2, 100_001].map((seq) => progress.isSettled(at(seq)))).toEqual([false, true, true]);
  });
});

describe("progress with a stream that is the same", () => {
  it.each([22, 23, 900])("goes on where it was, with last sequence %i", (lastSeq) => {
    const progress = readUpTo20();
    expect(look(progress, first, lastSeq)).toBeUndefined();
    expect(progress.resumeAt()).toBe(21);
  });

  it("is not misled by what arrived after the server was asked", () => {
    const progress = readUpTo20();
    const before = progress.reached();
    progress.arrived(at(23));
    expect(progress.streamSeen({ created: first, lastSeq: 22 }, before)).toBeUndefined();
  });

  it("finds the highest message unchanged", () => {
    const progress = readUpTo20();
    expect(progress.highestStored(at(22).timeMs)).toBe(false);
    expect(progress.resumeAt()).toBe(21);
    expect(createProgress().highestStored(1)).toBe(false);
  });
});

describe("progress with a recreated stream", () => {
  it.each([0, 22, 900])("starts at its first message, with last sequence %i", (lastSeq) => {
    const progress = readUpTo20();
    const isFormer = look(progress, second, lastSeq);
    expect(progress.resumeAt()).toBe(1);
    expect(isFormer?.(at(22))).toBe(true);
    expect(isFormer?.({ seq: 22, timeMs: Date.parse(second) })).toBe(false);
    expect(look(progress, second, lastSeq)).toBeUndefined();
  });

  it("takes no new message for an old one, and the floor of its consumer as it is", () => {
    const progress = readUpTo20();
    look(progress, second, 22);
    const later = { seq: 22, timeMs: Date.parse(second) + 1 };
    expect(progress.isSettled(later)).toBe(false);
    expect(progress.isSettled({ seq: 3, timeMs: at(3).timeMs })).toBe(false);
    floor(progress, 0);
    progress.settled(later);
    expect(progress.isSettled(later)).toBe(true);
    expect(progress.resumeAt()).toBe(1);
  });
});

describe("progress with a stream that was restored from a backup", () => {
  it("handles what is new, and not what it finished before", () => {
    const progress = readUpTo20();
    const isFormer = look(progress, first, 15);
    expect(progress.resumeAt()).toBe(1);
    expect([15, 16, 22].map((seq) => isFormer?.(at(seq)))).toEqual([false, true, true]);
    expect([1, 15, 20].map((seq) => progress.isSettled(at(seq)))).toEqual([true, true, true]);
    const later = (seq: number) => ({ seq, timeMs: Date.parse(second) + seq });
    expect([16, 20, 21, 22].map((seq) => progress.isSettled(later(seq)))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(isFormer?.(later(16))).toBe(false);
  });

  it("is noticed when it has grown again, by the highest message", () => {
    const progress = readUpTo20();
    expect(progress.highestStored(at(22).timeMs + 1)).toBe(true);
    expect(progress.resumeAt()).toBe(1);
    expect(progress.isSettled(at(20))).toBe(true);
    expect(progress.isSettled({ seq: 20, timeMs: at(20).timeMs + 1 })).toBe(false);
    expect(progress.highest()).toBeUndefined();
  });
});
