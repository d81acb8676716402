import { isUuid } from "@mio/envelope";
import { type Db, findDelivery, findPostedWith, findSourceMessageId, isForeignExternalId } from "@mio/store";
import type { TargetSource } from "../job/operation.ts";
import { commandOfSourceId } from "../job/own-source-id.ts";

type ExternalIds = readonly [string, ...string[]];

export type Target =
  /** The first is the one that was named. */
  | { readonly kind: "found"; readonly externalIds: ExternalIds }
  /** The platform's id belongs to a command of another account. */
  | { readonly kind: "foreign" }
  /** It is a command that waits for its time. */
  | {
      readonly kind: "scheduled";
      readonly commandId: string;
      readonly conversationId: string;
      readonly dueAt: Date;
    }
  /** It is a command that was taken back before its time. */
  | { readonly kind: "canceled" }
  | { readonly kind: "missing" };

export interface TargetQuery {
  readonly accountId: string;
  readonly channelType: string;
  readonly sources: readonly TargetSource[];
}

/**
 * The platform's ids of the message a command is about; the first source that leads to one wins. A post in parts is
 * named by its command or by the id of its first part, and is meant with all its parts; any other message is itself.
 */
export async function resolveTarget(
  db: Db,
  { accountId, channelType, sources }: TargetQuery,
): Promise<Target> {
  for (const { by, id } of sources) {
    if (by === "external") {
      const foreign = await isForeignExternalId(db, { accountId, channelType, externalId: id });
      if (foreign) return { kind: "foreign" };
      const posted = await findPostedWith(db, { accountId, externalId: id });
      return { kind: "found", externalIds: [id, ...(posted ?? []).slice(1)] };
    }
    const target = await findByCommandOrMessage(db, accountId, id);
    if (target.kind !== "missing") return target;
  }
  return { kind: "missing" };
}

async function findByCommandOrMessage(db: Db, accountId: string, id: string): Promise<Target> {
  const command = await findDelivery(db, { accountId, commandId: id });
  if (command?.state === "scheduled" && command.dueAt !== undefined)
    return { kind: "scheduled", commandId: id, conversationId: command.conversationId, dueAt: command.dueAt };
  if (command?.state === "suppressed") return { kind: "canceled" };
  // What an unfinished command has made is no post.
  const [first, ...others] = command?.state === "sent" ? command.externalIds : [];
  if (first !== undefined) return { kind: "found", externalIds: [first, ...others] };
  const source = isUuid(id) ? await findSourceMessageId(db, { accountId, messageId: id }) : undefined;
  return source === undefined ? { kind: "missing" } : { kind: "found", externalIds: [source] };
}

/**
 * The message that a thread grows from, named by a command id, a message's UUID or the platform's id. A UUID that is not
 * known is missing: whatever else has another form can only be the platform's.
 */
export async function resolveThreadRoot(db: Db, accountId: string, threadRoot: string): Promise<Target> {
  const id = commandOfSourceId(threadRoot) ?? threadRoot;
  const target = await findByCommandOrMessage(db, accountId, id);
  if (target.kind !== "missing" || id !== threadRoot || isUuid(id)) return target;
  return { kind: "found", externalIds: [threadRoot] };
}
