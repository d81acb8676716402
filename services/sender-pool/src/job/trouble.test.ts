import { MioError } from "@mio/failure";
import { expect, it } from "vitest";
import { toTrouble } from "./trouble.ts";

const soon = { retry: "soon" } as const;

it.each([
  [
    "a value that Postgres does not accept",
    new MioError("store.refused", "hush"),
    "refused",
    "store.refused",
  ],
  ["what says so itself", new MioError("envelope.invalid", "no"), "refused", "envelope.invalid"],
  ["a lost connection", new Error("Connection terminated unexpectedly"), "passing", "store.unavailable"],
  ["a broker that is away", new MioError("bus.unavailable", "no", soon), "passing", "bus.unavailable"],
  ["a missing column", new MioError("store.write_failed", "no", soon), "unexplained", "store.write_failed"],
  ["a bug", new TypeError("hush"), "unexplained", "internal.unexpected"],
] as const)("takes %s for what it is", (_what, caught, kind, code) => {
  const trouble = toTrouble(caught);
  expect(trouble).toMatchObject({ kind, error: { code } });
  expect(trouble.error.message).not.toContain("hush");
});

it("gives a command that cannot be stored the reason of an invalid one", () => {
  expect(toTrouble(new MioError("store.refused", "no")).error.details).toEqual({ reason: "invalid" });
});
