import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { afterFailure } from "./serve.ts";

describe("afterFailure", () => {
  const failure = (retry: MioError["retry"]) => new MioError("sdk.unreachable", "no", { retry });

  it("waits longer each time, between half a second and a minute", () => {
    for (let delivery = 1; delivery < 20; delivery += 1) {
      const answer = afterFailure(new Error("anything"), delivery, 20);
      const longest = Math.min(60_000, 1_000 * 2 ** (delivery - 1));
      if (answer.kind !== "retry") throw new Error("expected another try");
      expect(answer.afterMs).toBeGreaterThanOrEqual(longest / 2);
      expect(answer.afterMs).toBeLessThanOrEqual(longest);
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
