import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { DeliveryResult } from "../events/event-sender.ts";
import type { SlackDisconnectReason } from "../faults.ts";
import type { SlackSocket } from "../traffic.ts";
import { disconnectFrame } from "./frames.ts";

/** A WebSocket and its TCP connection. */
export interface Wire {
  readonly ws: WebSocket;
  readonly tcp: Duplex;
}

/** One Socket Mode connection, from Slack's side. */
export interface Connection {
  readonly socket: () => SlackSocket;
  /** Sends an envelope and waits for its acknowledgement. Undefined when `signal` aborts first. */
  deliver(envelope: Envelope, signal: AbortSignal): Promise<DeliveryResult | undefined>;
  send(frame: object): void;
  ping(): void;
  /** Keeps the connection open, but stops reading and sending. */
  freeze(): void;
  /** Asks the app to reconnect. */
  requestReconnect(reason: SlackDisconnectReason): void;
  close(): void;
  terminate(): void;
}

export interface Envelope {
  readonly envelopeId: string;
  readonly payload: unknown;
  readonly retryAttempt: number;
  readonly retryReason: string;
}

export interface ConnectionOptions {
  readonly id: string;
  readonly teamId: string;
  readonly appId: string;
  readonly openedAt: Date;
  readonly changed: (socket: SlackSocket) => void;
}

export function createConnection(wire: Wire, { changed, ...identity }: ConnectionOptions): Connection {
  const { ws, tcp } = wire;
  const waiting = new Map<string, (result: DeliveryResult) => void>();
  let state: SlackSocket["state"] = "open";
  const socket = (): SlackSocket => ({ ...identity, state });
  const become = (next: SlackSocket["state"]): void => {
    state = next;
    changed(socket());
  };
  const send = (frame: object): void => {
    if (state !== "half_open") ws.send(JSON.stringify(frame));
  };
  ws.on("ping", (body) => {
    if (state !== "half_open") ws.pong(body);
  });
  ws.on("message", (text) => {
    const id = envelopeIdOf(String(text));
    waiting.get(id)?.({ status: 200, error: undefined, socketId: identity.id });
  });

  return {
    socket,
    send,
    async deliver({ envelopeId, payload, retryAttempt, retryReason }, signal) {
      const answer = Promise.withResolvers<DeliveryResult | undefined>();
      const giveUp = (): void => answer.resolve(undefined);
      waiting.set(envelopeId, answer.resolve);
      signal.addEventListener("abort", giveUp, { once: true });
      send({
        envelope_id: envelopeId,
        payload,
        type: "events_api",
        accepts_response_payload: false,
        retry_attempt: retryAttempt,
        retry_reason: retryReason,
      });
      try {
        return await answer.promise;
      } finally {
        waiting.delete(envelopeId);
        signal.removeEventListener("abort", giveUp);
      }
    },
    ping: () => {
      if (state !== "half_open" && ws.readyState === ws.OPEN) ws.ping();
    },
    freeze() {
      become("half_open");
      // Discards all input, so pings and close frames get no answer. The end of the connection is still noticed.
      tcp.removeAllListeners("data");
      tcp.on("data", () => undefined);
    },
    requestReconnect(reason) {
      send(disconnectFrame(reason));
      become("closing");
    },
    close: () => ws.close(1000),
    terminate: () => ws.terminate(),
  };
}

function envelopeIdOf(text: string): string {
  try {
    const frame: unknown = JSON.parse(text);
    const isFrame = typeof frame === "object" && frame !== null && "envelope_id" in frame;
    return isFrame ? String(frame.envelope_id) : "";
  } catch {
    return "";
  }
}
