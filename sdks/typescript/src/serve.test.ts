import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { afterFailure } from "./serve.ts";

describe("afterFailure", () => {
  const failure = (retry: MioError["retry"]) => new MioError("sdk.unreachable", "no", { retry });

  it("waits for a random time whose ceiling doubles, from a second up to a minute", () => {
    for (let delivery = 1; delivery < 20; delivery += 1) {
      const pauses = Array.from({ length: 200 }, () => {
        const answer = afterFailure(new Error("anything"), delivery, 20);
        return answer.kind === "retry" ? answer.afterMs : Number.NaN;
      });
      const ceiling = Math.min(60_000, 1_000 * 2 ** (delivery - 1));
      // 200 random pauses are all in the lower half once in 10^60 runs.
      expect(Math.max(...pauses)).toBeGreaterThanOrEqual(ceiling / 2);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(ceiling);
    }
  });

  it("does what the error says about trying again", () => {
    expect(afterFailure(failure({ afterMs: 7 }), 1, 20)).toEqual({ kind: "retry", afterMs: 7 });
    expect(afterFailure(failure("never"), 1, 20)).toMatchObject({ kind: "reject", code: "sdk.unreachable" });
  });

  it("gives up at the last delivery", () => {
    expect(afterFailure("not even an error", 20, 20)).toEqual({
      kind: "reject",
      code: "internal.unexpected",
      reason: "exhausted",
    });
  });
});
