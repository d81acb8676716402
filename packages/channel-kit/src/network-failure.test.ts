import { describe, expect, it } from "vitest";
import { DeadlineExceeded } from "./deadline.ts";
import { networkFailure } from "./network-failure.ts";

const open = new AbortController().signal;

function fetchFailed(cause: unknown): TypeError {
  return new TypeError("fetch failed", { cause });
}

function systemError(code: string, syscall?: string): Error {
  return Object.assign(new Error("text that may name a host"), { code, syscall });
}

describe("networkFailure", () => {
  it.each([
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "EHOSTUNREACH",
    "UND_ERR_CONNECT_TIMEOUT",
    "CERT_HAS_EXPIRED",
  ])("knows that %s happens before anything is sent", (networkCode) => {
    const failure = networkFailure(fetchFailed(systemError(networkCode)), open);
    expect(failure).toEqual({ kind: "unsent", reason: "network", networkCode });
  });

  it.each(["ECONNRESET", "UND_ERR_SOCKET", "EPIPE", "UND_ERR_HEADERS_TIMEOUT", "HPE_INVALID_CONSTANT"])(
    "cannot tell what became of a request that ended with %s",
    (networkCode) => {
      const failure = networkFailure(fetchFailed(systemError(networkCode)), open);
      expect(failure).toEqual({ kind: "unanswered", reason: "network", networkCode });
    },
  );

  it("tells a connect that timed out from a read that did", () => {
    expect(networkFailure(fetchFailed(systemError("ETIMEDOUT", "connect")), open).kind).toBe("unsent");
    expect(networkFailure(fetchFailed(systemError("ETIMEDOUT", "read")), open).kind).toBe("unanswered");
  });

  it("believes in not sent only when every address failed that way", () => {
    const refused = systemError("ECONNREFUSED");
    const all = new AggregateError([refused, systemError("ENETUNREACH")]);
    const some = new AggregateError([refused, systemError("ECONNRESET")]);
    expect(networkFailure(fetchFailed(all), open).kind).toBe("unsent");
    expect(networkFailure(fetchFailed(some), open).kind).toBe("unanswered");
  });

  it("tells its own deadline from the caller's abort", () => {
    const late = AbortSignal.abort(new DeadlineExceeded());
    expect(networkFailure(late.reason, late)).toMatchObject({ kind: "unanswered", reason: "timeout" });
    const given = AbortSignal.abort();
    expect(networkFailure(given.reason, given)).toMatchObject({ kind: "unanswered", reason: "aborted" });
  });

  it.each([undefined, "text", new Error("plain"), fetchFailed(undefined)])(
    "takes %s for possibly sent",
    (thrown) => {
      expect(networkFailure(thrown, open)).toEqual({
        kind: "unanswered",
        reason: "network",
        networkCode: "UNKNOWN",
      });
    },
  );
});
