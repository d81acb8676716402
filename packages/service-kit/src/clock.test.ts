import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";

describe("systemClock", () => {
  it("stops sleeping when the signal aborts", async () => {
    const abort = new AbortController();
    const slept = systemClock.sleep(60_000, abort.signal);
    abort.abort();
    await expect(slept).rejects.toMatchObject({ name: "AbortError" });
  });

  it("sleeps without a signal", async () => {
    await expect(systemClock.sleep(1)).resolves.toBeUndefined();
  });
});
