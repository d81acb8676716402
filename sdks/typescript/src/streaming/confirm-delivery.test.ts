import { describe, expect, it } from "vitest";
import type { SentCommand } from "../commands/send.ts";
import type { ReceiptState } from "../words/enum-words.ts";
import { confirmDelivery } from "./confirm-delivery.ts";

const commands = ["one", "two"].map((commandId) => ({ commandId }) as SentCommand);

function confirm(states: readonly ReceiptState[], asked: string[] = []): Promise<void> {
  return confirmDelivery(commands, async ({ commandId }) => {
    asked.push(commandId);
    const state = states[commandId === "one" ? 0 : 1] ?? "sent";
    return { state, code: "delivery.refused", reason: "auth" };
  });
}

describe("confirmDelivery", () => {
  it.each([[["sent", "sent"]], [["sent", "suppressed"]]] as const)(
    "asks for every receipt, and is content when all ended well: %j",
    async (states) => {
      const asked: string[] = [];
      await confirm(states, asked);
      expect(asked).toEqual(["one", "two"]);
    },
  );

  it("does not end before the last receipt is there", async () => {
    const last = Promise.withResolvers<void>();
    let isOver = false;
    const confirming = confirmDelivery(commands, async ({ commandId }) => {
      if (commandId === "two") await last.promise;
      return { state: "sent", code: "", reason: "" };
    }).then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    last.resolve();
    await confirming;
  });

  it.each(["failed", "unknown", "unspecified"] as const)(
    "names the first command that may not have arrived: %s",
    async (state) => {
      await expect(confirm(["sent", state])).rejects.toMatchObject({
        code: "sdk.not_delivered",
        details: { command_id: "two", code: "delivery.refused", reason: "auth" },
      });
    },
  );
});
