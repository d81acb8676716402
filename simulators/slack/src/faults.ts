import { type ActiveFault, createFaultBoard, type Faults, type Strike } from "@mio/simulator-kit";

/** Every way Slack can be made to misbehave. */
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

/** Where a fault can strike. `write` is what shows or changes something, `connect` is `apps.connections.open`, `oauth` is `oauth.v2.access`. */
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

/** Where each fault strikes unless `methods` names the calls. */
const faultScopes: Readonly<Record<SlackFaultName, readonly SlackFaultScope[]>> = {
  /** An event comes again, with a new `event_id`. */
  duplicate_event: ["event"],
  /** An event is held back until the next one is through, or for `ms`. */
  reorder: ["event"],
  /** An event's first attempt never leaves Slack; its retry does. */
  lost_event: ["event"],
  /** A socket stays open and hears, says and answers nothing any more; one unless `times` says otherwise. */
  half_open_socket: ["socket"],
  /** A socket's connection is cut; one unless `times` says otherwise. */
  socket_close: ["socket"],
  /** A socket gets a `disconnect` frame with `reason` and is closed `ms` later; one unless `times` says otherwise. */
  refresh_socket: ["socket"],
  /** 429 with `Retry-After`. */
  rate_limited: ["api", "write"],
  /** 200 with `ok: false` and `error`. */
  ok_false: ["api", "write", "oauth"],
  /** 5xx, 500 unless `status` says otherwise. */
  server_error: ["api", "write", "oauth", "upload", "download"],
  /** Answers `ms` late. */
  slow: ["api", "write", "oauth", "upload", "download"],
  /** Does the work, then cuts the connection: the caller cannot know. */
  drop_response: ["write"],
  /** Does the work and answers `ms` later, a minute unless given: whoever dies meanwhile cannot know either. */
  late_answer: ["write"],
  /** The port of API and sockets is closed; `ms` opens it again by itself. */
  refuse_connections: ["port"],
  /** 200 with an HTML login page instead of the file. */
  login_page: ["download"],
  /** `token_expired`, whatever the token. */
  expired_token: ["api", "write"],
  /** `invalid_auth`, whatever the token. */
  invalid_auth: ["api", "write"],
  /** The second use of one refresh token is refused, although what it brought was not used yet. */
  token_race: ["oauth"],
  /** `chat.startStream` is refused by `error`, `missing_scope` unless given. */
  stream_not_allowed: ["write"],
  /** A stream has ended by itself when the next piece, or its end, comes; `error` may be `stopped_by_user`. */
  stream_ended: ["write"],
};

/** The calls of faults that strike no others, unless `methods` names them. */
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
  /** How many times it strikes before it switches itself off; without it, until cleared, or once for sockets. */
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  /** Delay of `slow` and `late_answer`, how long `refuse_connections` and `reorder` last, when `refresh_socket` closes. */
  readonly ms?: number;
  readonly status?: number;
  /** The word of `ok_false`, `internal_error` unless given, and of the faults of streams. */
  readonly error?: string;
  /** Of `refresh_socket`, `refresh_requested` unless given. */
  readonly reason?: SlackDisconnectReason;
  /** Calls it strikes, such as `chat.postMessage`; `upload` and `download` are files. */
  readonly methods?: readonly string[];
}

export type ActiveSlackFault = ActiveFault<SlackFaultName, SlackFaultOptions>;
export type SlackFaults = Faults<SlackFaultName, SlackFaultOptions>;

export interface SlackFaultBoard extends SlackFaults {
  /** Uses up one strike of each fault that concerns the call; at most one besides `slow`. */
  strike(method: string): Strike<ActiveSlackFault>;
  /** Uses up one strike of a fault, when it is on. */
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
  // A race is no fault of a single call: the token endpoint takes it when one happens.
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
