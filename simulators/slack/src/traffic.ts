import type { SlackMessage } from "./model.ts";

export type SlackTransport = "webhook" | "socket";

/** One attempt to hand an event over. */
export interface SlackDelivery {
  readonly transport: SlackTransport;
  readonly teamId: string;
  readonly kind: "original" | "retry" | "duplicate" | "forged" | "redelivered" | "raw";
  /** Of the inner event, such as `message` or `app_mention`. */
  readonly eventType: string;
  readonly eventId: string;
  readonly channel: string | undefined;
  readonly ts: string | undefined;
  /** 0 for the first, as `X-Slack-Retry-Num` and `retry_attempt` count. */
  readonly attempt: number;
  /** The HTTP status; of a socket 200 for an acknowledgement; 0 when nothing came back. */
  readonly status: number;
  /** Why it failed, in Slack's words for the retry. */
  readonly error: string | undefined;
  /** The connection it went through. */
  readonly socketId: string | undefined;
  readonly ms: number;
  readonly at: Date;
}

/** One call of the Web API, of the token endpoint, or for a file. */
export interface SlackApiCall {
  /** `chat.postMessage` and so on; `upload` and `download` for files. */
  readonly method: string;
  readonly teamId: string | undefined;
  /** The HTTP status; 0 when the connection was cut instead. */
  readonly status: number;
  /** Slack's word for why not, of an answer `ok: false`. */
  readonly error: string | undefined;
  readonly ms: number;
  readonly at: Date;
  readonly fault: string | undefined;
}

/** A Socket Mode connection as Slack sees it, which may be wrong. */
export interface SlackSocket {
  readonly id: string;
  readonly teamId: string;
  readonly appId: string;
  readonly openedAt: Date;
  /** `half_open`: Slack takes it for good, and nobody hears. `closing`: Slack has asked to replace it. */
  readonly state: "open" | "half_open" | "closing";
}

export type SlackEvent =
  | {
      readonly type: "message.posted" | "message.edited" | "message.deleted" | "message.reacted";
      readonly message: SlackMessage;
    }
  | { readonly type: "event.delivered"; readonly delivery: SlackDelivery }
  | { readonly type: "api.called"; readonly call: SlackApiCall }
  | { readonly type: "socket.opened" | "socket.changed" | "socket.closed"; readonly socket: SlackSocket }
  | { readonly type: "faults.changed" };
