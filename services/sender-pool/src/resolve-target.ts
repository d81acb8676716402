import { isUuid } from "@mio/envelope";
import { type Db, findExternalIds, findSourceMessageId, isForeignExternalId } from "@mio/store";
import type { TargetSource } from "./operation.ts";

export type Target =
  | { readonly kind: "found"; readonly externalId: string }
  /** The platform's id belongs to a command of another account. */
  | { readonly kind: "foreign" }
  | { readonly kind: "missing" };

export interface TargetQuery {
  readonly accountId: string;
  readonly channelType: string;
  readonly sources: readonly TargetSource[];
}

/** The platform's id of the message a command is about; the first source that leads to one wins. */
export async function resolveTarget(
  db: Db,
  { accountId, channelType, sources }: TargetQuery,
): Promise<Target> {
  for (const { by, id } of sources) {
    if (by === "external") {
      const foreign = await isForeignExternalId(db, { accountId, channelType, externalId: id });
      return foreign ? { kind: "foreign" } : { kind: "found", externalId: id };
    }
    const externalId = await findByCommandOrMessage(db, accountId, id);
    if (externalId !== undefined) return { kind: "found", externalId };
  }
  return { kind: "missing" };
}

async function findByCommandOrMessage(db: Db, accountId: string, id: string): Promise<string | undefined> {
  const posted = await findExternalIds(db, { accountId, commandId: id });
  if (posted?.[0] !== undefined) return posted[0];
  return isUuid(id) ? findSourceMessageId(db, { accountId, messageId: id }) : undefined;
}

/** The platform's id of a thread's root; a UUID that is not known is left out, never shown to a platform. */
export async function resolveThreadRoot(
  db: Db,
  accountId: string,
  threadRoot: string,
): Promise<string | undefined> {
  if (threadRoot === "") return undefined;
  return isUuid(threadRoot) ? findSourceMessageId(db, { accountId, messageId: threadRoot }) : threadRoot;
}
