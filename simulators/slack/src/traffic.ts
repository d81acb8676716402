import type { SlackMessage } from "./model.ts";

export type SlackTransport = "webhook" | "socket";

/** One attempt to deliver an event. */
export interface SlackDelivery {
  readonly transport: SlackTransport;
  readonly teamId: string;
  readonly kind: "original" | "retry" | "duplicate" | "forged" | "redelivered" | "raw";
  /** Type of the inner event, such as `message` or `app_mention`. */
  readonly eventType: string;
  readonly eventId: string;
  readonly channel: string | undefined;
  readonly ts: string | undefined;
  /** 0 for the first attempt. Counts as `X-Slack-Retry-Num` and `retry_attempt` do. */
  readonly attempt: number;
  /** The HTTP status. For sockets 200 means acknowledged. 0 means no answer. */
  readonly status: number;
  /** Reason of the failure, as Slack names it in the retry. */
  readonly error: string | undefined;
  /** The socket it was sent through. */
  readonly socketId: string | undefined;
  readonly ms: number;
  readonly at: Date;
}

/** One call of the Web API or the token endpoint, or one file transfer. */
export interface SlackApiCall {
  /** Such as `chat.postMessage`; `upload` and `download` for files. */
  readonly method: string;
  readonly teamId: string | undefined;
  /** The HTTP status; 0 when the connection was cut. */
  readonly status: number;
  /** Slack's error word of an answer with `ok: false`. */
  readonly error: string | undefined;
  readonly ms: number;
  readonly at: Date;
  readonly fault: string | undefined;
}

/** A Socket Mode connection as Slack sees it; the app may see it differently. */
export interface SlackSocket {
  readonly id: string;
  readonly teamId: string;
  readonly appId: string;
  readonly openedAt: Date;
  /** `half_open`: Slack believes it works, but no data arrives. `closing`: Slack has asked the app to reconnect. */
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
