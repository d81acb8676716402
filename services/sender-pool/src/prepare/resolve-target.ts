import { isUuid } from "@mio/envelope";
import { type Db, findDelivery, findPostedWith, findSourceMessageId, isForeignExternalId } from "@mio/store";
import type { TargetSource } from "../job/read-command.ts";
import { commandOfSourceId } from "../job/read-command.ts";

type ExternalIds = readonly [string, ...string[]];

export type Target =
  /** The first is the one that was named. */
  | { readonly kind: "found"; readonly externalIds: ExternalIds }
  /** A command of another account has posted this platform id. */
  | { readonly kind: "foreign" }
  /** It is a scheduled command. */
  | {
      readonly kind: "scheduled";
      readonly commandId: string;
      readonly conversationId: string;
      readonly dueAt: Date;
    }
  /** It is a scheduled command that was taken back. */
  | { readonly kind: "canceled" }
  | { readonly kind: "missing" };

export interface TargetQuery {
  readonly accountId: string;
  readonly channelType: string;
  readonly sources: readonly TargetSource[];
}

/**
 * The platform ids of the target of a command; the first source that leads to a message wins. The command of a post in
 * parts, and the id of its first part, stand for all parts. Any other id stands for one message.
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
  // The parts that an unfinished command has posted are not a post yet.
  const [first, ...others] = command?.state === "sent" ? command.externalIds : [];
  if (first !== undefined) return { kind: "found", externalIds: [first, ...others] };
  const source = isUuid(id) ? await findSourceMessageId(db, { accountId, messageId: id }) : undefined;
  return source === undefined ? { kind: "missing" } : { kind: "found", externalIds: [source] };
}

/**
 * The root of a thread, named by a command id, the UUID of a message or a platform id. An unknown UUID is missing; an id of
 * another form belongs to the platform.
 */
export async function resolveThreadRoot(db: Db, accountId: string, threadRoot: string): Promise<Target> {
  const id = commandOfSourceId(threadRoot) ?? threadRoot;
  const target = await findByCommandOrMessage(db, accountId, id);
  if (target.kind !== "missing" || id !== threadRoot || isUuid(id)) return target;
  return { kind: "found", externalIds: [threadRoot] };
}
