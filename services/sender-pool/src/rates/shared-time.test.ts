import { describe, expect, it } from "vitest";
import { createSharedTime } from "./buckets.ts";

/** A clock of our own and a database whose clock is apart by `apartMs`. */
function apartBy(apartMs: number) {
  const own = { ms: 1_000_000 };
  const time = createSharedTime({ now: () => new Date(own.ms) });
  const ask = (forth: number, back: number): Promise<unknown> =>
    time.asking(async () => {
      own.ms += forth;
      const now = own.ms + apartMs;
      own.ms += back;
      return { now };
    });
  return { own, time, ask, error: () => time.now() - (own.ms + apartMs) };
}

describe("the shared time", () => {
  it.each([3_600_000, -3_600_000, 250, -250])("follows a database that is %s ms ahead", async (apartMs) => {
    const { ask, error } = apartBy(apartMs);
    await ask(1, 1);
    expect(Math.abs(error())).toBeLessThanOrEqual(2);
  });

  it("stays as it is while answers agree with it, however slow they are", async () => {
    const { time, own, ask } = apartBy(0);
    for (const [forth, back] of [
      [500, 0],
      [0, 500],
      [3, 90],
    ] as const) {
      await ask(forth, back);
      expect(time.now()).toBe(own.ms);
    }
  });

  it("comes nearer with each quicker answer, and never leaves what is known", async () => {
    const { ask, error } = apartBy(1_000);
    await ask(400, 400);
    expect(Math.abs(error())).toBeLessThanOrEqual(402);
    await ask(20, 20);
    expect(Math.abs(error())).toBeLessThanOrEqual(22);
    await ask(900, 900);
    expect(Math.abs(error())).toBeLessThanOrEqual(22);
  });
});
