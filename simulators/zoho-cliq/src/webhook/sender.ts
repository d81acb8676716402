import { createHmac } from "node:crypto";
import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import type { FaultBoard } from "../faults.ts";
import type { CliqEvent, Delivery, DeliveryOptions } from "../types.ts";

/** `invokeUrl` of Deluge times out after 40 s and does not retry. */
const invokeTimeoutMs = 40_000;

export interface SigningOptions {
  readonly encoding: "hex" | "base64";
  readonly prefix: boolean;
}

export interface WebhookTarget {
  readonly url: string | undefined;
  readonly secret: string;
}

/** An event to send, with its fields for the log. */
export interface OutgoingEvent {
  readonly body: Uint8Array;
  readonly operation: string;
  readonly messageId: string | undefined;
  readonly kind: Delivery["kind"];
}

export type SendWebhook = (event: OutgoingEvent, options?: DeliveryOptions) => Promise<readonly Delivery[]>;

/** The value of `X-Webhook-Signature` for these bytes. */
export function signWebhook(body: Uint8Array, secret: string, options: SigningOptions): string {
  const digest = createHmac("sha256", secret).update(body).digest(options.encoding);
  return options.prefix ? `sha256=${digest}` : digest;
}

/** Posts as the bot's Deluge handler does: signed, one attempt, no retry. */
export function createWebhookSender(options: {
  readonly target: () => WebhookTarget;
  readonly signing: SigningOptions;
  readonly clock: Clock;
  readonly events: WritableEventLog<CliqEvent>;
  readonly faults: Pick<FaultBoard, "take">;
  readonly closing: AbortSignal;
}): SendWebhook {
  const { clock, events, faults, closing } = options;
  const queue = createReordering(clock);

  const attempt = async (event: OutgoingEvent, forged: boolean, signal: AbortSignal): Promise<Delivery> => {
    const { url, secret } = options.target();
    if (url === undefined) throw new Error("unreachable: the webhook is not set");
    const signature = signWebhook(event.body, forged ? `not ${secret}` : secret, options.signing);
    const at = clock.now();
    const started = performance.now();
    const answer = await postOnce(url, { body: event.body, signature, signal });
    const ms = Math.round((performance.now() - started) * 10) / 10;
    const { operation, messageId, kind } = event;
    const delivery = { operation, messageId, kind: forged ? "forged" : kind, at, ms, ...answer } as const;
    events.append({ type: "webhook.delivered", delivery });
    return delivery;
  };

  return async (event, delivery = {}) => {
    if (options.target().url === undefined) return [];
    const signal = AbortSignal.any([closing, ...(delivery.signal ? [delivery.signal] : [])]);
    if (delivery.delayMs) await clock.sleep(delivery.delayMs, signal);
    const forged = delivery.forgedSignature ?? false;
    const repeats = Number(delivery.duplicate ?? 0) + (faults.take("duplicate_event") ? 1 : 0);
    const reorder = faults.take("reorder");
    using _turn = await queue.turn(reorder?.options.ms ?? reorderMs, {
      isHeldBack: reorder !== undefined,
      signal,
    });
    const copies = Array.from({ length: repeats }, () => ({
      ...event,
      kind: "duplicate" as const,
    }));
    return await Promise.all([event, ...copies].map((each) => attempt(each, forged, signal)));
  };
}

/** Delay of an event when no other event follows. */
const reorderMs = 1_000;

interface Reordering {
  /** Resolves when the event may be sent. Dispose the result after its delivery. */
  turn(
    ms: number,
    event: { readonly isHeldBack: boolean; readonly signal: AbortSignal },
  ): Promise<Disposable>;
}

/** Delays an event until the next one is delivered. */
function createReordering(clock: Clock): Reordering {
  let release: (() => void) | undefined;
  return {
    turn: async (ms, { isHeldBack, signal }) => {
      const overtaken = release;
      release = undefined;
      if (isHeldBack && overtaken === undefined) {
        const { promise, resolve } = Promise.withResolvers<void>();
        release = resolve;
        await Promise.race([promise, clock.sleep(ms, signal)]);
        if (release === resolve) release = undefined;
      }
      return { [Symbol.dispose]: () => overtaken?.() };
    },
  };
}

async function postOnce(
  url: string,
  request: { readonly body: Uint8Array; readonly signature: string; readonly signal: AbortSignal },
): Promise<Pick<Delivery, "status" | "error">> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-webhook-signature": request.signature },
      body: new Uint8Array(request.body),
      redirect: "manual",
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(invokeTimeoutMs)]),
    });
    await response.arrayBuffer();
    return { status: response.status, error: undefined };
  } catch (error) {
    return { status: 0, error: describe(error) };
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}
