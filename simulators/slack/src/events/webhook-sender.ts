import { randomUUID } from "node:crypto";
import type { Clock } from "@mio/pacing";
import type { WritableEventLog } from "@mio/simulator-kit";
import type { SlackDelivery, SlackEvent } from "../traffic.ts";
import type { SlackDeliveryOptions, SlackSimulator } from "../types.ts";
import type { EventTransport } from "./event-sender.ts";
import { type EventsTarget, type PostOutcome, postEvent } from "./post-event.ts";

/** Posts events, the URL verification and raw bodies to the app's URL. */
export interface WebhookSender extends Pick<SlackSimulator, "setEvents" | "verifyUrl" | "deliver"> {
  readonly transport: EventTransport;
  target(): EventsTarget;
}

export interface WebhookSenderOptions {
  readonly target: EventsTarget;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly events: WritableEventLog<SlackEvent>;
  readonly closing: AbortSignal;
}

export function createWebhookSender({
  timeoutMs,
  clock,
  events,
  closing,
  ...options
}: WebhookSenderOptions): WebhookSender {
  let { target } = options;
  const post = async (
    body: string | Uint8Array,
    {
      signal = closing,
      ...extra
    }: Pick<SlackDeliveryOptions, "signal" | "staleSeconds"> & {
      readonly headers?: Readonly<Record<string, string>>;
      readonly forged?: boolean;
    },
  ): Promise<PostOutcome> => await postEvent(body, { target, timeoutMs, clock, signal, ...extra });

  return {
    target: () => target,
    setEvents({ url, secret }) {
      target = { url, secret: secret ?? target.secret };
    },
    transport: {
      deliver: async (outgoing, { number, reason, options: given, signal }) => {
        const retry = {
          "x-slack-retry-num": String(number),
          "x-slack-retry-reason": reason ?? "unknown_error",
        };
        return await post(outgoing.body, {
          signal,
          forged: given.forgedSignature ?? false,
          staleSeconds: given.staleSeconds ?? 0,
          headers: number === 0 ? {} : retry,
        });
      },
      ready: () => Promise.resolve(),
    },
    verifyUrl: async () => {
      const challenge = randomUUID().replaceAll("-", "");
      const token = "simulated-verification-token";
      const { status, text } = await post(JSON.stringify({ token, challenge, type: "url_verification" }), {});
      return status === 200 && challengeIn(text) === challenge;
    },
    async deliver(rawBody, delivery = {}) {
      const at = clock.now();
      const started = performance.now();
      const forged = delivery.forgedSignature ?? false;
      const { status, error } = await post(rawBody, { ...delivery, forged });
      const ms = Math.round((performance.now() - started) * 10) / 10;
      const delivered: SlackDelivery = { ...raw, kind: forged ? "forged" : "raw", status, error, ms, at };
      events.append({ type: "event.delivered", delivery: delivered });
      return [delivered];
    },
  };
}

const raw = {
  transport: "webhook",
  teamId: "",
  eventType: "raw",
  eventId: "",
  channel: undefined,
  ts: undefined,
  attempt: 0,
  socketId: undefined,
} as const;

/** Reads the challenge from plain text, a form or JSON. */
function challengeIn(text: string): string {
  try {
    const json: unknown = JSON.parse(text);
    const isObject = typeof json === "object" && json !== null && "challenge" in json;
    return isObject ? String(json.challenge) : String(json);
  } catch {
    return text.replace(/^challenge=/, "").trim();
  }
}
