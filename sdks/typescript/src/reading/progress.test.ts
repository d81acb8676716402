import { describe, expect, it } from "vitest";
import { createProgress } from "./progress.ts";

describe("progress", () => {
  it("knows nothing before the server told its floor", () => {
    const progress = createProgress();
    progress.settled(4);
    expect(progress.resumeAt()).toBeUndefined();
    expect(progress.isSettled(4)).toBe(true);
  });

  it("resumes after the floor and remembers what was finished above it", () => {
    const progress = createProgress();
    progress.floorReached(10);
    progress.settled(12);
    expect(progress.resumeAt()).toBe(11);
    expect([11, 12].map(progress.isSettled)).toEqual([false, true]);
  });

  it("forgets what the floor has passed, and never goes back", () => {
    const progress = createProgress();
    progress.floorReached(10);
    progress.settled(12);
    progress.floorReached(20);
    progress.floorReached(5);
    expect(progress.resumeAt()).toBe(21);
    expect(progress.isSettled(12)).toBe(false);
  });

  it("starts over when the stream was made anew", () => {
    const progress = createProgress();
    progress.floorReached(10);
    progress.settled(11);
    progress.forget();
    expect([progress.resumeAt(), progress.isSettled(11)]).toEqual([undefined, false]);
  });

  it("bounds what it remembers", () => {
    const progress = createProgress();
    progress.floorReached(0);
    for (let sequence = 1; sequence <= 100_001; sequence += 1) progress.settled(sequence);
    expect([1, 2, 100_001].map(progress.isSettled)).toEqual([false, true, true]);
  });
});
