import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  type Attachment,
  Attachment_ErrorCode,
  type MessageRelation_Kind,
  MessageRelation_KindSchema,
} from "@mio/proto";
import type { BusSighting } from "./bus-watcher.ts";
import type { Notes, Stage } from "./step.ts";

export const stepTimeoutMs = 15_000;

type Seen<Kind extends BusSighting["kind"]> = Extract<BusSighting, { kind: Kind }>;

/** Waits for a message with this text on the inbound and the enriched stream, and notes both. */
export async function seeInbound({ bus }: Stage, notes: Notes, text: string): Promise<Seen<"enriched">> {
  const inbound = await bus.waitFor(
    (seen): seen is Seen<"inbound"> => seen.kind === "inbound" && seen.message.text === text,
    stepTimeoutMs,
  );
  notes.hop("MESSAGES_INBOUND", `message ${inbound.message.id}`, inbound.at);
  const enriched = await bus.waitFor(
    (seen): seen is Seen<"enriched"> => seen.kind === "enriched" && seen.message.id === inbound.message.id,
    stepTimeoutMs,
  );
  notes.hop("…_ENRICHED", `${enriched.message.attachments.length} attachments`, enriched.at);
  return enriched;
}

/** Waits for a change of a message on the enriched stream, and notes what it changes. */
export async function seeChange(
  { bus }: Stage,
  notes: Notes,
  change: { readonly kind: MessageRelation_Kind; readonly targetExternalId: string },
): Promise<void> {
  const { at, message } = await bus.waitFor(
    (seen): seen is Seen<"enriched"> =>
      seen.kind === "enriched" &&
      seen.message.relation?.kind === change.kind &&
      seen.message.relation.targetExternalId === change.targetExternalId,
    stepTimeoutMs,
  );
  const target = message.relation?.targetMessageId;
  notes.hop("…_ENRICHED", `message ${message.id}`, at);
  notes.expect(Boolean(target), "the change does not name its target");
  notes.hop("relation", `${MessageRelation_KindSchema.value[change.kind]?.localName} of ${target}`);
}

/** Waits for the receipt of the command that made this post, and notes it. */
export async function seeReceipt({ bus }: Stage, notes: Notes, externalId: string): Promise<void> {
  const { at, receipt } = await bus.waitFor(
    (seen): seen is Seen<"receipt"> =>
      seen.kind === "receipt" && seen.receipt.externalIds.includes(externalId),
    stepTimeoutMs,
  );
  notes.hop("MESSAGES_RECEIPTS", `command ${receipt.commandId} sent`, at);
}

/** Counts messages with this text on the enriched stream. The watcher also sees copies that the bus then dropped. */
export function countMessages({ bus }: Stage, text: string): number {
  const ids = bus.sightings.flatMap((seen) =>
    seen.kind === "enriched" && seen.message.text === text ? [seen.message.id] : [],
  );
  return new Set(ids).size;
}

/** Notes an attachment that the fleet stored; the demo's blob store is a folder on this machine. */
export async function seeKept(notes: Notes, attachment: Attachment | undefined): Promise<void> {
  notes.expect(attachment?.errorCode === Attachment_ErrorCode.OK, "the attachment was not kept");
  const url = URL.parse(attachment?.storageKey ?? "");
  if (url?.protocol !== "file:") throw new Error(`the storage key ${attachment?.storageKey} is not a file`);
  await access(fileURLToPath(url));
  notes.hop("blob store", `${attachment?.bytes} bytes, sha256 ${attachment?.contentSha256.slice(0, 12)}…`);
}
