import { describe, expect, it } from "vitest";
import { createStreamRecord } from "./stream-record.ts";
import type { Trouble, TroubleKind } from "./trouble.ts";

const trouble = (kind: TroubleKind): Trouble => ({ kind, reason: "test" });

/** What each look changed, and how it stood after it. */
function play(looks: readonly (TroubleKind | "ok" | "doubt")[]) {
  const record = createStreamRecord();
  return looks.map((look) => {
    if (look === "doubt") {
      record.doubt();
      return record.state;
    }
    const change = record.see(look === "ok" ? undefined : trouble(look));
    return change === "none" ? record.state : `${change}: ${record.state}`;
  });
}

describe("createStreamRecord", () => {
  it("knows nothing before the first look", () => {
    expect(createStreamRecord()).toMatchObject({ state: "unknown", trouble: undefined });
  });

  it.for<[kind: TroubleKind]>([["missing"], ["refuses"], ["cannot_write"]])(
    "believes at once that a stream is %s, and after two good answers that it is over",
    ([kind]) => {
      expect(play(["ok", kind, kind, "ok", "ok", "ok"])).toEqual([
        "stores",
        "began: troubled",
        "troubled",
        "troubled",
        "ended: stores",
        "stores",
      ]);
    },
  );

  it("believes in silence only the second time in a row", () => {
    expect(play(["ok", "unavailable", "ok", "unavailable", "unavailable"])).toEqual([
      "stores",
      "stores",
      "stores",
      "stores",
      "began: troubled",
    ]);
  });

  it("is not ready on silence from the start", () => {
    expect(play(["unavailable", "unavailable"])).toEqual(["unknown", "began: troubled"]);
  });

  it("needs the good answers in a row", () => {
    expect(play(["refuses", "ok", "refuses", "ok", "ok"])).toEqual([
      "began: troubled",
      "troubled",
      "troubled",
      "troubled",
      "ended: stores",
    ]);
  });

  it("announces each kind of an incident once, and again in the next one", () => {
    const one = ["unavailable", "unavailable", "cannot_write", "unavailable", "cannot_write"] as const;
    expect(play([...one, "ok", "ok", "cannot_write"])).toEqual([
      "unknown",
      "began: troubled",
      "began: troubled",
      "troubled",
      "troubled",
      "troubled",
      "ended: stores",
      "began: troubled",
    ]);
  });

  it("has the latest reason", () => {
    const record = createStreamRecord();
    record.see({ kind: "refuses", reason: "first" });
    record.see({ kind: "cannot_write", reason: "second" });
    expect(record.trouble).toEqual({ kind: "cannot_write", reason: "second" });
  });

  it("trusts nothing from before a lost connection, and forgets no trouble", () => {
    expect(play(["ok", "doubt", "ok", "missing", "doubt", "ok", "ok"])).toEqual([
      "stores",
      "unknown",
      "stores",
      "began: troubled",
      "troubled",
      "troubled",
      "ended: stores",
    ]);
  });
});
