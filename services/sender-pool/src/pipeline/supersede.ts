import type { Delivery } from "@mio/bus";
import { checkCommand, decodeCommand } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import type { DeliveryJob } from "../job/delivery-job.ts";
import { toOperation } from "../job/operation.ts";
import { isEmpty } from "../prepare/check-content.ts";
import { dueAtOf } from "../schedule/due-at.ts";

/** Later edits of the same message that wait behind in the conversation, so that this one would be seen by nobody. */
export type LaterEdits = (
  job: Pick<DeliveryJob, "command" | "streamSequence" | "queuedBehind">,
  now: Date,
) => readonly string[];

export function createLaterEdits(): LaterEdits {
  const decoded = new WeakMap<Delivery, SendCommand | undefined>();
  const commandOf = (delivery: Delivery): SendCommand | undefined => {
    if (!decoded.has(delivery)) decoded.set(delivery, tryDecode(delivery));
    return decoded.get(delivery);
  };
  return ({ command, streamSequence, queuedBehind }, now) => {
    const target = editTargetOf(command);
    if (target === undefined) return [];
    return queuedBehind().flatMap((delivery) => {
      // What a killed process held comes again, and may be earlier.
      if (delivery.streamSequence < streamSequence) return [];
      const later = commandOf(delivery);
      if (later === undefined || !replaces(later, command, now)) return [];
      return editTargetOf(later) === target ? [later.id] : [];
    });
  };
}

/** How an edit names what it edits; undefined for whatever is no edit. */
function editTargetOf(command: SendCommand): string | undefined {
  const { kind, sources } = toOperation(command);
  const [first] = sources;
  return kind === "edit" && first !== undefined ? `${first.by} ${first.id}` : undefined;
}

/** Whether a command will surely be tried, in the same place and now. */
function replaces(later: SendCommand, earlier: SendCommand, now: Date): boolean {
  return (
    later.id !== earlier.id &&
    later.accountId === earlier.accountId &&
    later.tenantId === earlier.tenantId &&
    later.conversationId === earlier.conversationId &&
    checkCommand(later).length === 0 &&
    !isEmpty(later) &&
    (dueAtOf(later)?.getTime() ?? 0) <= now.getTime()
  );
}

function tryDecode({ payload }: Delivery): SendCommand | undefined {
  try {
    return decodeCommand(payload);
  } catch {
    return undefined;
  }
}
