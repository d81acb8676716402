import { MioError } from "@mio/failure";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { isBadData, sqlStateOf, toStoreError, unavailable } from "./store-error.ts";

const failure = (code: string) => Object.assign(new Error("database hunter2@db does not exist"), { code });

/** The error that the driver throws for a server error. */
function serverError(code: string): Error {
  return Object.assign(new pg.DatabaseError("hunter2", 7, "error"), { code });
}

it.each([
  ["ECONNREFUSED", "Postgres does not answer: nothing listens there."],
  ["28P01", "Postgres does not answer: it refuses the user or the password."],
  ["XX000", "Postgres does not answer."],
])("gives the reason for code %s without the error's own text", (code, message) => {
  expect(unavailable(failure(code))).toMatchObject({ code: "store.unavailable", retry: "soon", message });
});

it("accepts a cause that is not an error", () => {
  expect(unavailable("gone").message).toBe("Postgres does not answer.");
});

describe("an error of the server", () => {
  it.each([
    ["22021", "a NUL byte"],
    ["22P02", "an invalid uuid"],
    ["23503", "an account that is gone"],
    ["54000", "a value too long for its index"],
  ])("%s (%s) is never retried", (state) => {
    const error = toStoreError(serverError(state));
    expect(error).toMatchObject({ code: "store.refused", retry: "never" });
    expect(error.message).not.toContain("hunter2");
    expect([isBadData(error), isBadData(serverError(state))]).toEqual([true, true]);
  });

  it.each(["08006", "25006", "28P01", "3D000", "53100", "53300", "57014", "57P01", "57P02", "57P03"])(
    "%s means that Postgres is unavailable",
    (state) => {
      expect(toStoreError(serverError(state))).toMatchObject({ code: "store.unavailable", retry: "soon" });
      expect(isBadData(serverError(state))).toBe(false);
    },
  );

  it.each(["40P01", "40001", "42P01", "55P03", "58030", "XX001"])("%s fails the statement only", (state) => {
    expect(toStoreError(serverError(state))).toMatchObject({
      code: "store.write_failed",
      retry: "soon",
      details: { sqlstate: state },
    });
  });

  it("keeps its SQLSTATE when it is wrapped", () => {
    expect(sqlStateOf(toStoreError(serverError("40P01")))).toBe("40P01");
    expect(sqlStateOf(new Error("gone"))).toBeUndefined();
  });
});

it.each([new Error("Query read timeout"), failure("ECONNRESET"), failure("ENOTFOUND")])(
  "no answer from the server (%s) means that Postgres is unavailable",
  (cause) => {
    expect(toStoreError(cause)).toMatchObject({ code: "store.unavailable", retry: "soon", cause });
  },
);

it("classifies a programming error as internal.unexpected", () => {
  expect(toStoreError(new TypeError("x"))).toMatchObject({ code: "internal.unexpected" });
});

it("returns a MioError unchanged", () => {
  const error = new MioError("credentials.busy", "x");
  expect(toStoreError(error)).toBe(error);
});
