import { DeadlineExceeded } from "@mio/pacing";
import { describe, expect, it } from "vitest";
import { networkFailure } from "./network-failure.ts";

const refused = Object.assign(new Error("text that may name a host"), { code: "ECONNREFUSED" });

describe("networkFailure", () => {
  it.each([
    [false, "unsent"],
    [true, "unanswered"],
  ] as const)("knows by whether it was written (%s) that a request is %s", (isWritten, kind) => {
    expect(networkFailure(refused, { isWritten, isGivenUp: false })).toEqual({
      kind,
      reason: "network",
      networkCode: "ECONNREFUSED",
    });
    expect(networkFailure(new DeadlineExceeded(), { isWritten, isGivenUp: true })).toEqual({
      kind,
      reason: "timeout",
      networkCode: "TIMEOUT",
    });
    expect(networkFailure(AbortSignal.abort().reason, { isWritten, isGivenUp: true })).toEqual({
      kind,
      reason: "aborted",
      networkCode: "ABORT_ERR",
    });
  });

  it.each([
    ["itself", refused],
    ["below a wrapper", new TypeError("failed", { cause: refused })],
    ["of the first of several addresses", new AggregateError([refused, new Error("other")])],
  ])("has the system's word from the error %s", (_where, thrown) => {
    const failure = networkFailure(thrown, { isWritten: true, isGivenUp: false });
    expect(failure.networkCode).toBe("ECONNREFUSED");
  });

  it.each([undefined, "text", new Error("plain"), new AggregateError([]), new TypeError("x", { cause: 1 })])(
    "says that it knows no word for %s",
    (thrown) => {
      const failure = networkFailure(thrown, { isWritten: true, isGivenUp: false });
      expect(failure).toEqual({ kind: "unanswered", reason: "network", networkCode: "UNKNOWN" });
    },
  );
});
