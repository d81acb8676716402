import { MioError } from "@mio/failure";
import type { SentCommand } from "../commands/send.ts";
import type { Receipt } from "../words/receipt.ts";

type Ending = Pick<Receipt, "state" | "code" | "reason">;

/**
 * Waits until every command has ended.
 *
 * @throws MioError `sdk.not_delivered` for the first that failed or may have failed; the errors of `receiptOf`
 */
export async function confirmDelivery(
  commands: readonly SentCommand[],
  receiptOf: (command: SentCommand) => Promise<Ending>,
): Promise<void> {
  for (const command of commands) {
    const receipt = await receiptOf(command);
    if (isDelivered(receipt)) continue;
    throw new MioError("sdk.not_delivered", "A part of the answer was not delivered; its receipt says why.", {
      details: { command_id: command.commandId, code: receipt.code, reason: receipt.reason },
    });
  }
}

/** A suppressed command was replaced or removed by a later one. */
function isDelivered({ state }: Ending): boolean {
  return state === "sent" || state === "suppressed";
}
