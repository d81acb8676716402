import { describe, expect, it } from "vitest";
import { keepCheck } from "./readiness.ts";

function play(answers: readonly (() => Promise<void>)[]) {
  const time = { ms: 0 };
  let asked = 0;
  const probe = { name: "postgres", check: () => answers[asked++]?.() ?? Promise.resolve() };
  return {
    time,
    asked: () => asked,
    check: keepCheck(probe, { now: () => new Date(time.ms) }),
  };
}

const refused = () => Promise.reject(new Error("refused"));

describe("keepCheck", () => {
  it("shares one pending check among all callers", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { check, asked, time } = play([() => promise]);
    const first = check();
    time.ms = 1500;
    const others = Array.from({ length: 400 }, check);
    resolve();
    expect(new Set((await Promise.all([first, ...others])).map(({ ok }) => ok))).toEqual(new Set([true]));
    expect(asked()).toBe(1);
  });

  it("caches a result for a second, good or bad", async () => {
    const { check, asked, time } = play([refused]);
    expect(await check()).toMatchObject({ ok: false, reason: "refused" });
    time.ms = 999;
    expect(await check()).toMatchObject({ ok: false });
    expect(asked()).toBe(1);
    time.ms = 1000;
    expect(await check()).toMatchObject({ ok: true });
    expect(asked()).toBe(2);
  });

  it("counts the second from the result, not from the call", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { check, asked, time } = play([() => promise]);
    const first = check();
    time.ms = 800;
    resolve();
    await first;
    time.ms = 1700;
    await check();
    expect(asked()).toBe(1);
  });
});
