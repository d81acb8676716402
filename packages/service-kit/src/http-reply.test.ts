import { type ErrorCode, MioError, type Retry } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { toHttpReply } from "./http-reply.ts";

describe("toHttpReply", () => {
  it.for<[code: ErrorCode, retry: Retry, status: number, error: string, retryAfter: string | undefined]>([
    ["channel.unparseable", "never", 400, "for operators", undefined],
    ["bus.unavailable", "soon", 503, "temporarily unavailable, try again", "1"],
    ["store.overloaded", { afterMs: 2500 }, 503, "temporarily unavailable, try again", "3"],
    ["store.overloaded", { afterMs: 0 }, 503, "temporarily unavailable, try again", "1"],
    ["store.refused", "never", 500, "internal error", undefined],
    ["internal.unexpected", "soon", 500, "internal error", undefined],
  ])("answers %s with retry %j with status %i", ([code, retry, status, error, retryAfter]) => {
    expect(toHttpReply(new MioError(code, "for operators", { retry }))).toEqual({
      status,
      body: { error, code },
      headers: retryAfter === undefined ? {} : { "retry-after": retryAfter },
    });
  });

  it("reveals nothing about a foreign error", () => {
    const reply = toHttpReply(new Error("connect postgres://u:hunter2@h"));
    expect(reply).toEqual({
      status: 500,
      body: { error: "internal error", code: "internal.unexpected" },
      headers: {},
    });
  });
});
