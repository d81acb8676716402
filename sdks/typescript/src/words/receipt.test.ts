import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { DeliveryReceipt_State, DeliveryReceiptSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { toReceipt } from "./receipt.ts";

describe("toReceipt", () => {
  it.each([
    [DeliveryReceipt_State.SENT, "sent"],
    [DeliveryReceipt_State.FAILED, "failed"],
    [DeliveryReceipt_State.UNKNOWN, "unknown"],
    [DeliveryReceipt_State.SUPPRESSED, "suppressed"],
    [DeliveryReceipt_State.UNSPECIFIED, "unspecified"],
    [99 as DeliveryReceipt_State, "unspecified"],
  ])("says state %i in a word: %s", (state, word) => {
    expect(toReceipt(create(DeliveryReceiptSchema, { state })).state).toBe(word);
  });

  it("says why a command was left out in the word of the wire", () => {
    const wire = { state: DeliveryReceipt_State.SUPPRESSED, reason: "target_deleted" };
    const receipt = toReceipt(create(DeliveryReceiptSchema, wire));
    expect(receipt).toMatchObject({ state: "suppressed", reason: "target_deleted" });
  });

  it("has every other field of the wire, as plain values", () => {
    const at = new Date("2026-11-30T08:00:00.250Z");
    const fields = {
      commandId: "c",
      tenantId: "t",
      accountId: "a",
      channelType: "slack",
      conversationId: "v",
      externalIds: ["1", "2"],
      code: "delivery.refused",
      reason: "auth",
      detail: "The token is revoked.",
      attempts: 3,
    };
    const wire = create(DeliveryReceiptSchema, {
      ...fields,
      state: DeliveryReceipt_State.FAILED,
      occurredAt: timestampFromDate(at),
    });
    expect(toReceipt(wire)).toEqual({ ...fields, state: "failed", occurredAt: at });
    expect(JSON.parse(JSON.stringify(toReceipt(wire)))).toMatchObject({ state: "failed" });
    expect(toReceipt(create(DeliveryReceiptSchema)).occurredAt).toBeUndefined();
  });
});
