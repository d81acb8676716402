import { z } from "zod";
import { answerTo } from "../interaction.ts";
import { jsonOrNothing } from "../json.ts";

/** What Slack sends over a socket. */
export type Frame =
  /** The connection is ready. `connections` is the app's current number; undefined if Slack does not say. */
  | { readonly kind: "hello"; readonly connections: number | undefined }
  /** The connection will end soon, or must not be used any longer. */
  | { readonly kind: "disconnect"; readonly reason: string }
  /** An event to acknowledge by its id. */
  | { readonly kind: "event"; readonly envelopeId: string; readonly payload: unknown }
  /** To acknowledge with the answer that Slack needs: slash commands, buttons and future kinds. */
  | { readonly kind: "unsupported"; readonly envelopeId: string; readonly answer: unknown }
  | { readonly kind: "unknown" };

const frame = z.object({
  type: z.string(),
  reason: z.string().catch(""),
  num_connections: z.int().positive().optional().catch(undefined),
  envelope_id: z.string().catch(""),
  payload: z.unknown().optional(),
});

/** Parses a frame. Total: an unreadable frame is `unknown`. */
export function parseFrame(text: string): Frame {
  const parsed = frame.safeParse(jsonOrNothing(text));
  if (!parsed.success) return { kind: "unknown" };
  const { type, reason, envelope_id: envelopeId, num_connections: connections, payload } = parsed.data;
  if (type === "hello") return { kind: "hello", connections };
  if (type === "disconnect") return { kind: "disconnect", reason };
  if (envelopeId === "") return { kind: "unknown" };
  return type === "events_api"
    ? { kind: "event", envelopeId, payload }
    : { kind: "unsupported", envelopeId, answer: answerTo(payload) };
}

/** The acknowledgement of an envelope, with `answer` unless that is undefined. */
export function acknowledgement(envelopeId: string, answer: unknown): string {
  return JSON.stringify({ envelope_id: envelopeId, payload: answer });
}
