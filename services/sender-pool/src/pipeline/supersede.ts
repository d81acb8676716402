import type { Delivery } from "@mio/bus";
import { checkCommand, decodeCommand } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { suppress } from "../delivery/end-early.ts";
import {
  again,
  type DeliveryJob,
  type LaterEdits,
  type Next,
  next,
  type TryEnd,
} from "../job/delivery-job.ts";
import { dueAtOf, isLastWord, toOperation } from "../job/read-command.ts";
import { isEmpty } from "../prepare/check-content.ts";
import type { AuthorizedJob } from "./authorize.ts";
import type { PreparedJob } from "./prepare.ts";

/** Step 3: leaves out an edit that a later one replaces, before it waits for a turn that it would not use. */
export async function supersede(
  job: AuthorizedJob,
  deps: DeliveryDeps,
): Promise<Next<AuthorizedJob> | TryEnd> {
  // With a turn it does not wait, and `supersedeAgain` checks it.
  const end = job.hasTurn ? undefined : await leaveOut(job, deps);
  return end ?? next(job, {});
}

/** Step 7: a later edit may have come while this one waited for its turn; that edit gets the turn. */
export async function supersedeAgain(
  job: PreparedJob,
  deps: DeliveryDeps,
): Promise<Next<PreparedJob> | TryEnd> {
  const end = await leaveOut(job, deps);
  if (end !== undefined && job.hasTurn) {
    job.hasTurn = false;
    await deps.governor.giveBack(job.limit);
  }
  return end ?? next(job, {});
}

async function leaveOut(job: DeliveryJob, deps: DeliveryDeps): Promise<TryEnd | undefined> {
  const { command } = job;
  if (isLastWord(command) && (await deps.interim.isTooLate(command)))
    return await suppress(job, { reason: "superseded" }, deps);
  const inFavorOf = deps.laterEdits(job, deps.clock.now());
  if (inFavorOf.length === 0) return undefined;
  // A crashed process may have received one of them first. Its redelivery is older than this command.
  if (await deps.mustWait(job, { isFallback: false })) return again(deps.policy.lookAgainMs);
  return await suppress(job, { reason: "superseded", inFavorOf }, deps);
}

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
      // A redelivery from a crashed process may be earlier.
      if (delivery.streamSequence < streamSequence) return [];
      const later = commandOf(delivery);
      if (later === undefined || !replaces(later, command, now)) return [];
      return editTargetOf(later) === target ? [later.id] : [];
    });
  };
}

/** How an edit names its target; undefined for other commands. */
function editTargetOf(command: SendCommand): string | undefined {
  const { kind, sources } = toOperation(command);
  const [first] = sources;
  return kind === "edit" && first !== undefined ? `${first.by} ${first.id}` : undefined;
}

/** Whether the later command will be delivered, in the same conversation and now. */
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
