import { type ErrorCode, MioError } from "@mio/failure";
import { expect, it } from "vitest";
import { toRefusal } from "./refusal.ts";

it.each([
  ["channel.unparseable", 400, "parse_error"],
  ["store.refused", 200, "unroutable"],
  ["store.overloaded", 503, "overloaded"],
  ["socket.overloaded", 503, "overloaded"],
  ["store.unavailable", 500, "db_error"],
  ["store.write_failed", 500, "db_error"],
  ["store.migration_failed", 500, "db_error"],
  ["internal.unexpected", 500, "error"],
  ["gateway.secret_unreadable", 500, "error"],
] as const)("%s is answered %i and counted as %s", (code: ErrorCode, status, outcome) => {
  expect(toRefusal(new MioError(code, "scripted"))).toMatchObject({ status, outcome });
});

it("asks for a retry only if overloaded", () => {
  expect(toRefusal(new MioError("store.overloaded", "scripted")).retryAfterSeconds).toBe(1);
  expect(toRefusal(new MioError("store.unavailable", "scripted")).retryAfterSeconds).toBeUndefined();
});
