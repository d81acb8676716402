import { DeliveryError, type DeliveryErrorKind } from "@mio/channel-kit";
import { createBackoff } from "@mio/pacing";
import { describe, expect, it } from "vitest";
import { type CallFacts, judgeCall } from "./record.ts";

const backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000, random: () => 0.5 });
const facts: CallFacts = {
  attempt: 3,
  failures: 2,
  delivery: { operation: "send", repeatable: false, targetExternalIds: [] },
  editFallback: "new",
  interim: undefined,
  policy: { maxAttempts: 3, lookAgainMs: 2_000 },
  backoff,
};
const problem = (kind: DeliveryErrorKind) =>
  new DeliveryError({ kind, reason: kind === "permanent" ? "not_found" : "platform_down", message: "no" });

describe("judgeCall", () => {
  it("records what the platform made", () => {
    expect(judgeCall({ kind: "sent", externalIds: ["17_1"] }, facts)).toEqual({
      record: { state: "sent", externalIds: ["17_1"], interim: "" },
      outcome: { kind: "ended", end: { state: "sent", attempts: 3, externalIds: ["17_1"] } },
    });
  });

  it("waits for the governor when throttled, however often", () => {
    const error = problem("throttled");
    const judged = judgeCall(
      { kind: "throttled", afterMs: 7_000, error, externalIds: ["17_1"] },
      { ...facts, failures: 99 },
    );
    expect(judged.record).toMatchObject({
      state: "waiting",
      code: "delivery.throttled",
      externalIds: ["17_1"],
    });
    expect(judged.outcome).toEqual({ kind: "again", afterMs: 0 });
  });

  it("tries again after the backoff, or later when the platform says so", () => {
    const error = problem("transient");
    expect(judgeCall({ kind: "transient", afterMs: 0, error, externalIds: [] }, facts)).toMatchObject({
      record: { state: "waiting", reason: "platform_down" },
      outcome: { kind: "again", afterMs: 1_000 },
    });
    expect(judgeCall({ kind: "transient", afterMs: 9_000, error, externalIds: [] }, facts).outcome).toEqual({
      kind: "again",
      afterMs: 9_000,
    });
  });

  it("gives up after the last try, with the reason of the failure", () => {
    const error = problem("transient");
    const { record, outcome } = judgeCall(
      { kind: "transient", afterMs: 0, error, externalIds: [] },
      { ...facts, failures: 3 },
    );
    expect(record).toMatchObject({ state: "dead", code: "delivery.exhausted", reason: "platform_down" });
    expect(outcome).toMatchObject({ kind: "ended", end: { state: "failed", reason: "platform_down" } });
  });

  it("ends at once what no try can help", () => {
    const { record, outcome } = judgeCall(
      { kind: "permanent", error: problem("permanent"), externalIds: ["17_1"] },
      facts,
    );
    expect(record).toMatchObject({ state: "dead", code: "delivery.permanent", reason: "not_found" });
    const end = { state: "failed", reason: "not_found", attempts: 3, externalIds: ["17_1"] };
    expect(outcome).toMatchObject({ kind: "ended", end });
  });

  it("leaves the record open while the fate is unknown", () => {
    const judged = judgeCall({ kind: "unknown", error: problem("unknown"), externalIds: [] }, facts);
    expect(judged).toEqual({ record: undefined, outcome: { kind: "again", afterMs: 2_000 } });
  });

  it("keeps what an unknown fate is known to have made, without ending it", () => {
    const error = problem("unknown");
    const judged = judgeCall({ kind: "unknown", error, externalIds: ["17_1"] }, facts);
    expect(judged.record).toEqual({ state: "sending", externalIds: ["17_1"] });
  });

  it("simply repeats what may be done twice", () => {
    const judged = judgeCall(
      { kind: "unknown", error: problem("unknown"), externalIds: [] },
      { ...facts, delivery: { ...facts.delivery, repeatable: true } },
    );
    expect(judged.record).toMatchObject({ state: "waiting" });
  });

  describe("an edit", () => {
    const delivery = { operation: "edit", repeatable: true, targetExternalIds: ["a", "b"] } as const;
    const edit = { ...facts, delivery };

    it("says what the post is made of now", () => {
      const { record } = judgeCall({ kind: "sent", externalIds: ["a"] }, edit);
      expect(record?.edited).toEqual({ firstExternalId: "a", externalIds: ["a"] });
    });

    it("that stopped half way has added to the post, and taken nothing away", () => {
      const error = problem("permanent");
      const { record } = judgeCall({ kind: "permanent", error, externalIds: ["a", "c"] }, edit);
      expect(record?.edited).toEqual({ firstExternalId: "a", externalIds: ["a", "b", "c"] });
    });

    it("records no ids when the adapter reports none", () => {
      expect(judgeCall({ kind: "sent", externalIds: [] }, edit).record?.edited).toBeUndefined();
    });
  });

  describe("of an edit whose target is gone", () => {
    const edit = {
      ...facts,
      delivery: { operation: "edit", repeatable: true, targetExternalIds: ["17_1"] },
    } as const;
    const result = { kind: "permanent", error: problem("permanent"), externalIds: [] } as const;

    it("posts it, when the command wishes so or says nothing", () => {
      expect(judgeCall(result, edit)).toMatchObject({
        record: { state: "waiting" },
        outcome: { kind: "again", afterMs: 0 },
        asPost: true,
      });
    });

    it("leaves it out, or fails, when the command wishes so", () => {
      expect(judgeCall(result, { ...edit, editFallback: "drop" })).toMatchObject({
        record: { state: "suppressed", reason: "dropped" },
        outcome: { end: { state: "suppressed", reason: "dropped" } },
      });
      expect(judgeCall(result, { ...edit, editFallback: "fail" })).toMatchObject({
        record: { state: "dead" },
        outcome: { end: { state: "failed", reason: "not_found" } },
      });
    });

    it("posts nothing where the edit did something, nor for a post that cannot be made", () => {
      expect(judgeCall({ ...result, externalIds: ["17_1"] }, edit).record).toMatchObject({ state: "dead" });
      expect(judgeCall(result, facts).record).toMatchObject({ state: "dead" });
    });
  });

  it("keeps in mind that more is to come in the message", () => {
    const judged = judgeCall({ kind: "sent", externalIds: ["17_1"] }, { ...facts, interim: "command-1" });
    expect(judged.record).toMatchObject({ state: "sent", interim: "command-1" });
  });
});
