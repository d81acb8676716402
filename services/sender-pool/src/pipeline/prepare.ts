import type { Capabilities, Sender } from "@mio/channel-kit";
import type { Clock } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import type { Db, KnownConversation } from "@mio/store";
import type { Senders } from "../accounts/account-directory.ts";
import type { DeliveryDeps, PrepareDelivery } from "../delivery/delivery-deps.ts";
import { endWithoutCall, giveUp, suppress } from "../delivery/end-early.ts";
import { again, type Next, next, type TryEnd } from "../job/delivery-job.ts";
import {
  type Call,
  type Change,
  type Preparation,
  type PreparedDelivery,
  postInstead,
  type Refused,
  sendCall,
} from "../job/platform-call.ts";
import { namesPlace, type Operation, toOperation } from "../job/read-command.ts";
import { reasonOf, refusal } from "../job/refusal.ts";
import { checkContent, withAddresses } from "../prepare/check-content.ts";
import { createPrepareChange } from "../prepare/prepare-change.ts";
import { preparePlace } from "../prepare/prepare-place.ts";
import type { RateLimit } from "../rates/buckets.ts";
import type { Access, AuthorizedJob } from "./authorize.ts";
import { postpone } from "./check-time.ts";

export interface PreparedJob extends AuthorizedJob {
  readonly delivery: PreparedDelivery;
  /** The rate that the call counts for. */
  readonly limit: RateLimit;
}

/** Step 4: decides which platform call the command becomes, and ends a command that needs none. */
export async function prepare(job: AuthorizedJob, deps: DeliveryDeps): Promise<Next<PreparedJob> | TryEnd> {
  const preparation = await prepareInOrder(job, deps);
  if (preparation === undefined) return again(deps.policy.lookAgainMs);
  if (preparation.kind !== "prepared") return await end(job, preparation, deps);
  return next(job, { delivery: preparation, limit: rateLimitOf(job.command, job.access) });
}

/** Undefined while a crashed process may have the target, which is then delivered again. */
async function prepareInOrder(job: AuthorizedJob, deps: DeliveryDeps): Promise<Preparation | undefined> {
  const ask = () => deps.prepare(job.command, { ...job.access, asPost: job.isFallback });
  const preparation = await ask();
  if (job.isFallback || !missesTarget(preparation)) return preparation;
  // The target may have ended while the stream was asked.
  return (await deps.mustWait(job, { isFallback: true })) ? undefined : await ask();
}

/** Whether a command depends on a message that is not there. */
function missesTarget(preparation: Preparation): boolean {
  switch (preparation.kind) {
    case "prepared":
      return preparation.isFallback;
    case "refused":
      return reasonOf(preparation.error) === "no_target";
    case "dropped":
    case "cancels":
      return true;
    case "postponed":
      return false;
  }
}

async function end(
  job: AuthorizedJob,
  preparation: Exclude<Preparation, PreparedDelivery>,
  deps: DeliveryDeps,
): Promise<TryEnd> {
  switch (preparation.kind) {
    case "refused":
      return await giveUp(job, preparation.error, deps);
    case "dropped": {
      const mayBeDone = refusal(
        "no_target",
        "The edit cannot be one, and an earlier try of it may have been made.",
      );
      return (await suppress(job, { reason: "dropped" }, deps)) ?? (await giveUp(job, mayBeDone, deps));
    }
    case "postponed":
      // While its target waits for an earlier command, the commands behind this one must not overtake it.
      if (await deps.mustWait(job, { isFallback: false })) return again(deps.policy.lookAgainMs);
      return await postpone(job, preparation, deps);
    case "cancels": {
      const isCanceled = await cancel(job, preparation.commandId, deps);
      return isCanceled ? await endWithoutCall(job, deps) : again(0);
    }
  }
}

/** Takes back a scheduled command; false when it is no longer scheduled. */
export async function cancel(
  { command }: Pick<AuthorizedJob, "command">,
  commandId: string,
  { records, schedule, publishReceipt }: Pick<DeliveryDeps, "records" | "schedule" | "publishReceipt">,
): Promise<boolean> {
  const { accountId, tenantId, channelType } = command;
  const place = { commandId, accountId, tenantId, channelType, conversationId: command.conversationId };
  if (!(await records.suppress(place, { code: "delivery.suppressed", reason: "canceled" }))) return false;
  await schedule.drop(accountId, commandId);
  // Its sender waits for the receipt in the conversation of the scheduled command, which may be another one.
  const { conversationId = command.conversationId } = (await records.find({ accountId, commandId })) ?? {};
  const receipt = { state: "suppressed", attempts: 0, externalIds: [], reason: "canceled" } as const;
  await publishReceipt({ ...command, id: commandId, conversationId }, receipt);
  return true;
}

/** The rate of a command: the account's own, or the one that the channel advertises. */
export function rateLimitOf(
  command: SendCommand,
  { account, channel }: Omit<Access, "conversation">,
): RateLimit {
  const { rateLimitPerSecond, rateLimitScope } = channel.capabilities;
  const override = account.rateLimitPerSecond ?? 0;
  const perConversation = (account.rateLimitScope ?? rateLimitScope) === "conversation";
  const place = command.conversationExternalId || command.conversationId;
  return {
    key: perConversation ? `${account.id}/${place}` : account.id,
    perSecond: override > 0 ? override : rateLimitPerSecond,
  };
}

export interface PrepareOptions {
  readonly db: Db;
  readonly clock: Pick<Clock, "now">;
  readonly senderOf: Senders["senderOf"];
}

/**
 * Decides which platform call a command becomes. It refuses what the channel cannot do. Only an edit with an unknown
 * target becomes a post instead.
 */
export function createPrepareDelivery({ db, clock, senderOf }: PrepareOptions): PrepareDelivery {
  const prepareChange = createPrepareChange({ db, clock });

  return async (given, { account, channel, conversation, asPost }) => {
    const command = withPlace(withAddresses(given), conversation);
    const sender = senderOf(channel, account);
    const { kind, sources } = toOperation(command);
    const change = kind === "send" ? undefined : toChange(sender, kind, channel.capabilities);
    if (kind !== "send" && change === undefined) return unsupported(channel.channelType, kind);
    const problem = checkContent(command, kind, channel);
    if (problem !== undefined) return { kind: "refused", error: problem };
    const place = await placeFor(kind);
    if ("kind" in place) return place;
    const call = await callFor(place.command);
    if ("kind" in call) return call;
    return { kind: "prepared", sender, threadRootExternalId: place.threadRootExternalId, ...call };

    /** Only posts and edits have a thread or a reply target. */
    async function placeFor(operation: Operation["kind"]): ReturnType<typeof preparePlace> {
      const shows = operation === "send" || operation === "edit";
      if (!shows || !namesPlace(command)) return { command, threadRootExternalId: undefined };
      if (!channel.capabilities.supportsThreads) return unsupported(channel.channelType, "thread");
      return await preparePlace(db, command);
    }

    async function callFor(placed: SendCommand): Promise<Call | Exclude<Preparation, PreparedDelivery>> {
      if (change === undefined) return sendCall(sender, placed);
      return asPost
        ? postInstead(sender, placed)
        : await prepareChange(change, placed, { sources, sender, channel, conversation });
    }
  };
}

/** A command without `conversation_external_id` gets the one on record. */
function withPlace(command: SendCommand, conversation: KnownConversation | undefined): SendCommand {
  if (command.conversationExternalId !== "" || conversation === undefined) return command;
  return { ...command, conversationExternalId: conversation.externalId };
}

function unsupported(channelType: string, what: string): Refused {
  const message = `${channelType} cannot do this through Mio: ${what}.`;
  return { kind: "refused", error: refusal("unsupported", message, "delivery.unsupported") };
}

/** The adapter's method for an operation on an existing message; undefined when the channel has none. */
function toChange(
  sender: Sender,
  kind: Exclude<Operation["kind"], "send">,
  can: Pick<Capabilities, "supportsEdit" | "supportsDelete" | "supportsReactions">,
): Change | undefined {
  const { edit, remove, react } = sender;
  switch (kind) {
    case "edit":
      return can.supportsEdit && edit ? { operation: kind, method: edit.bind(sender) } : undefined;
    case "delete":
      return can.supportsDelete && remove ? { operation: kind, method: remove.bind(sender) } : undefined;
    case "reaction":
      return can.supportsReactions && react ? { operation: kind, method: react.bind(sender) } : undefined;
    case "pin":
    case "unknown":
      return undefined;
  }
}
