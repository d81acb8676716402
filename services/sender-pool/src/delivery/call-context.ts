import type { CallContext } from "@mio/channel-kit";
import { sanitizeId } from "@mio/envelope";
import type { PreparedDelivery } from "../job/prepared-delivery.ts";
import type { KeptFiles } from "../prepare/kept-files.ts";

/** Which call of a command it is, and what the earlier ones are known to have made. */
export interface Progress {
  readonly attempt: number;
  /** Platform ids, in order. */
  readonly alreadySent: readonly string[];
}

/** What an adapter is told about its surroundings. */
export function toCallContext(
  { threadRootExternalId, targetExternalIds }: PreparedDelivery,
  { attempt, alreadySent }: Progress,
  { signal, files }: { readonly signal: AbortSignal; readonly files: KeptFiles },
): CallContext {
  const thread = threadRootExternalId === undefined ? {} : { threadRootExternalId };
  const openAttachment: CallContext["openAttachment"] = (attachment) => files.open(attachment);
  return { signal, ...thread, attempt, alreadySent, targetExternalIds, openAttachment };
}

/** What is known by now: adapters tell all that was made, or only what is new. Every id is made fit to be stored. */
export function joinIds(known: readonly string[], told: readonly string[]): readonly string[] {
  return [...new Set([...known, ...told.map(sanitizeId)])].filter((id) => id !== "");
}
