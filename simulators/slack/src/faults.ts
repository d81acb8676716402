import { type ActiveFault, createFaultBoard, type Faults, type Strike } from "@mio/simulator-kit";

/** All faults of the Slack simulator. */
export type SlackFaultName =
  | "duplicate_event"
  | "reorder"
  | "lost_event"
  | "half_open_socket"
  | "socket_close"
  | "refresh_socket"
  | "rate_limited"
  | "ok_false"
  | "server_error"
  | "slow"
  | "drop_response"
  | "late_answer"
  | "refuse_connections"
  | "login_page"
  | "expired_token"
  | "invalid_auth"
  | "token_race"
  | "stream_not_allowed"
  | "stream_ended";

/** Where a fault can strike. `write`: calls that change messages. `connect`: `apps.connections.open`. `oauth`: `oauth.v2.access`. */
export type SlackFaultScope =
  | "event"
  | "socket"
  | "api"
  | "write"
  | "connect"
  | "oauth"
  | "upload"
  | "download"
  | "port";

/** The scopes of each fault, unless `methods` names the calls. */
const faultScopes: Readonly<Record<SlackFaultName, readonly SlackFaultScope[]>> = {
  /** Sends an event twice, the second time with a new `event_id`. */
  duplicate_event: ["event"],
  /** Delays an event until the next one is delivered, or for `ms`. */
  reorder: ["event"],
  /** Drops the first attempt of an event; its retry is sent. */
  lost_event: ["event"],
  /** A socket stays open, but neither sends nor reads. Strikes one socket unless `times` is set. */
  half_open_socket: ["socket"],
  /** Cuts the connection of a socket. Strikes one socket unless `times` is set. */
  socket_close: ["socket"],
  /** Sends a `disconnect` frame with `reason` and closes the socket after `ms`. Strikes one socket unless `times` is set. */
  refresh_socket: ["socket"],
  /** 429 with `Retry-After`. */
  rate_limited: ["api", "write"],
  /** 200 with `ok: false` and `error`. */
  ok_false: ["api", "write", "oauth"],
  /** A 5xx status, by default 500. */
  server_error: ["api", "write", "oauth", "upload", "download"],
  /** Answers `ms` late. */
  slow: ["api", "write", "oauth", "upload", "download"],
  /** Does the work, then cuts the connection, so the caller does not learn the outcome. */
  drop_response: ["write"],
  /** Does the work and answers after `ms`, by default one minute. A caller that crashes meanwhile does not learn the outcome. */
  late_answer: ["write"],
  /** Closes the port of API and sockets, for `ms` if given. */
  refuse_connections: ["port"],
  /** Answers 200 with an HTML login page instead of the file. */
  login_page: ["download"],
  /** `token_expired` for every token. */
  expired_token: ["api", "write"],
  /** `invalid_auth` for every token. */
  invalid_auth: ["api", "write"],
  /** Rejects the second use of a refresh token, even before the first new token is used. */
  token_race: ["oauth"],
  /** `chat.startStream` fails with `error`, by default `missing_scope`. */
  stream_not_allowed: ["write"],
  /** Ends a stream before its next piece or its end. `error` may be `stopped_by_user`. */
  stream_ended: ["write"],
};

/** The calls of faults that strike only some methods. */
const faultMethods: Partial<Record<SlackFaultName, readonly string[]>> = {
  stream_not_allowed: ["chat.startStream"],
  stream_ended: ["chat.appendStream", "chat.stopStream"],
};

export const slackFaultNames: readonly SlackFaultName[] = Object.keys(faultScopes).filter(isSlackFaultName);

export function isSlackFaultName(name: string): name is SlackFaultName {
  return Object.hasOwn(faultScopes, name);
}

export const disconnectReasons = [
  "warning",
  "refresh_requested",
  "link_disabled",
  "too_many_websockets",
] as const;
export type SlackDisconnectReason = (typeof disconnectReasons)[number];

export interface SlackFaultOptions {
  /** Number of strikes before the fault switches off. Default: unlimited, but once for sockets. */
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  /** Delay of `slow`, `late_answer` and the close of `refresh_socket`; duration of `refuse_connections` and `reorder`. */
  readonly ms?: number;
  readonly status?: number;
  /** The error word of `ok_false`, by default `internal_error`, and of the stream faults. */
  readonly error?: string;
  /** The reason of `refresh_socket`, by default `refresh_requested`. */
  readonly reason?: SlackDisconnectReason;
  /** Methods it strikes, such as `chat.postMessage`; `upload` and `download` for files. */
  readonly methods?: readonly string[];
}

export type ActiveSlackFault = ActiveFault<SlackFaultName, SlackFaultOptions>;
export type SlackFaults = Faults<SlackFaultName, SlackFaultOptions>;

export interface SlackFaultBoard extends SlackFaults {
  /** Uses up one strike of `slow` and of one other fault that concerns the call. */
  strike(method: string): Strike<ActiveSlackFault>;
  /** Uses up one strike of a fault; undefined when it is off. */
  take(name: SlackFaultName): ActiveSlackFault | undefined;
}

const oneShot: ReadonlySet<SlackFaultName> = new Set(["half_open_socket", "socket_close", "refresh_socket"]);

export function createSlackFaultBoard(
  hooks: Omit<Parameters<typeof createFaultBoard>[0], "defaultTimes">,
): SlackFaultBoard {
  const board = createFaultBoard<SlackFaultName, SlackFaultOptions>({
    ...hooks,
    defaultTimes: (name) => (oneShot.has(name) ? 1 : undefined),
  });
  // A race concerns two calls: the token endpoint takes it when the second one arrives.
  const applies = (fault: ActiveSlackFault, method: string): boolean =>
    fault.name !== "token_race" && concerns(fault, method);
  return { ...board, strike: (method) => board.strike((fault) => applies(fault, method)) };
}

function concerns({ name, options }: ActiveSlackFault, method: string): boolean {
  const scopes = faultScopes[name];
  const isOfCalls = !(["event", "socket", "port"] as const).some((scope) => scopes.includes(scope));
  const methods = options.methods ?? faultMethods[name];
  if (methods !== undefined) return isOfCalls && methods.includes(method);
  return scopes.includes(scopeOf(method));
}

const writing: ReadonlySet<string> = new Set([
  "chat.appendStream",
  "chat.delete",
  "chat.postEphemeral",
  "chat.postMessage",
  "chat.startStream",
  "chat.stopStream",
  "chat.update",
  "files.completeUploadExternal",
  "reactions.add",
  "reactions.remove",
]);

function scopeOf(method: string): SlackFaultScope {
  if (writing.has(method)) return "write";
  switch (method) {
    case "upload":
    case "download":
      return method;
    case "oauth.v2.access":
      return "oauth";
    case "apps.connections.open":
      return "connect";
    default:
      return "api";
  }
}
