import { expect, it } from "vitest";
import { unavailable } from "./unavailable.ts";

const failure = (code: string) => Object.assign(new Error("database hunter2@db does not exist"), { code });

it.each([
  ["ECONNREFUSED", "Postgres does not answer: nothing listens there."],
  ["28P01", "Postgres does not answer: it refuses the user or the password."],
  ["XX000", "Postgres does not answer."],
])("tells by the code %s why Postgres does not answer, and nothing of the text", (code, message) => {
  expect(unavailable(failure(code))).toMatchObject({ code: "store.unavailable", retry: "soon", message });
});

it("takes anything", () => {
  expect(unavailable("gone").message).toBe("Postgres does not answer.");
});
