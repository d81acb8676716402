import { expect, it } from "vitest";
import { runbookOf, type TroubleKind, troubleOf } from "./trouble.ts";

it.for<[code: number, kind: TroubleKind]>([
  [10059, "missing"],
  [10002, "refuses"],
  [10023, "refuses"],
  [10047, "refuses"],
  [10109, "refuses"],
  [10057, "cannot_write"],
  [10077, "cannot_write"],
  [10008, "unavailable"],
  [10039, "unavailable"],
  [10076, "unavailable"],
])("takes the server's refusal %i for %s", ([err_code, kind]) => {
  const error = { code: 500, err_code, description: "the server's words" };
  expect(troubleOf({ kind: "refused", error })).toEqual({ kind, reason: `the server's words (${err_code})` });
});

it("takes no answer for unavailable, and an answer for no trouble", () => {
  expect(troubleOf({ kind: "silent", reason: "bus.publish_timeout" })).toEqual({
    kind: "unavailable",
    reason: "bus.publish_timeout",
  });
  expect(troubleOf({ kind: "answered", body: {} })).toBeUndefined();
  expect(troubleOf({ kind: "refused", error: { code: 503 } })).toMatchObject({ kind: "unavailable" });
});

it("names a runbook for each kind", () => {
  const full = "docs/operate/runbooks/disk-full.md";
  expect(runbookOf("missing")).toBe("docs/operate/runbooks/stream-missing.md");
  expect([runbookOf("refuses"), runbookOf("cannot_write"), runbookOf("unavailable")]).toEqual([
    full,
    full,
    full,
  ]);
});
