import { DeliveryReceipt_State } from "@mio/proto";
import { describe, expect, it } from "vitest";
import type { SentCommand } from "../send.ts";
import { confirmDelivery } from "./confirm-delivery.ts";

const { SENT, FAILED, UNKNOWN, SUPPRESSED } = DeliveryReceipt_State;
const commands = ["one", "two"].map((commandId) => ({ commandId }) as SentCommand);

function confirm(states: readonly DeliveryReceipt_State[]): Promise<void> {
  return confirmDelivery(commands, async ({ commandId }) => {
    const state = states[commandId === "one" ? 0 : 1] ?? SENT;
    return { state, code: "delivery.refused", reason: "auth" };
  });
}

describe("confirmDelivery", () => {
  it.each([[[SENT, SENT]], [[SENT, SUPPRESSED]]])(
    "is content when everything ended well: %j",
    async (states) => {
      await confirm(states);
    },
  );

  it.each([FAILED, UNKNOWN])("names the first command that did not surely arrive: %j", async (state) => {
    await expect(confirm([SENT, state])).rejects.toMatchObject({
      code: "sdk.not_delivered",
      details: { command_id: "two", code: "delivery.refused", reason: "auth" },
    });
  });
});
