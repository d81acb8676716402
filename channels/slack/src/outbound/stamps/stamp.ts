/** The metadata type that names the command on each message, so that a post of unknown fate can be found. */
const stampType = "mio_send";

export interface Stamp {
  readonly sendId: string;
  /** From 1. */
  readonly part: number;
  readonly parts: number;
}

export interface Metadata {
  readonly event_type: string;
  readonly event_payload: { readonly send_id: string; readonly part: number; readonly parts: number };
}

export function toMetadata({ sendId, part, parts }: Stamp): Metadata {
  return { event_type: stampType, event_payload: { send_id: sendId, part, parts } };
}

/** Our stamp on a message; undefined if it has none. */
export function stampOf(metadata: unknown): Stamp | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  if (!("event_type" in metadata) || metadata.event_type !== stampType) return undefined;
  const payload = "event_payload" in metadata ? metadata.event_payload : undefined;
  if (typeof payload !== "object" || payload === null) return undefined;
  const sendId = "send_id" in payload ? payload.send_id : undefined;
  const part = "part" in payload ? Number(payload.part) : Number.NaN;
  const parts = "parts" in payload ? Number(payload.parts) : Number.NaN;
  return typeof sendId === "string" && part >= 1 && parts >= part ? { sendId, part, parts } : undefined;
}
