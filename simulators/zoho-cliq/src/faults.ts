import * as kit from "@mio/simulator-kit";
import type { Endpoint } from "./endpoint.ts";

/** Every way the platform can be made to misbehave. */
export type FaultName =
  | "rate_limited"
  | "throttle400"
  | "server_error"
  | "slow"
  | "unauthorized_once"
  | "drop_response"
  | "late_answer"
  | "refuse_connections"
  | "login_page"
  | "attachment_expired"
  | "invalid_grant"
  | "token_throttled"
  | "expired_token"
  | "token_race"
  | "rotate_refresh_token"
  | "no_message_id"
  | "duplicate_event"
  | "reorder";

/** What changes something in a chat. */
const writes: readonly Endpoint[] = ["post", "edit", "delete", "reaction", "upload"];
const calls: readonly Endpoint[] = [...writes, "history"];

/** The calls each fault strikes unless told otherwise. */
const faultTargets: Readonly<Record<FaultName, readonly Endpoint[]>> = {
  /** 429 with `Retry-After`. */
  rate_limited: calls,
  /** Cliq's own throttle: 400 with a message, no header. */
  throttle400: calls,
  /** 5xx, 500 unless `status` says otherwise. */
  server_error: [...calls, "file", "token"],
  /** Answers `ms` late. */
  slow: [...calls, "file", "token"],
  /** 401 although the token is good; once unless `times` says otherwise. */
  unauthorized_once: calls,
  /** Does the work, then cuts the connection: the caller cannot know. */
  drop_response: writes,
  /** Does the work and answers `ms` later: whoever dies meanwhile cannot know either. */
  late_answer: writes,
  /** The API's port is closed; `ms` opens it again by itself. */
  refuse_connections: [...calls, "file", "token", "other"],
  /** 200 with an HTML login page instead of the file. */
  login_page: ["file"],
  /** 400 `attachment_access_time_expired`. */
  attachment_expired: ["file"],
  /** The refresh token was revoked; Zoho answers 200 with `invalid_code`. */
  invalid_grant: ["token"],
  /** Too many tokens asked for: 400 `Access Denied`. */
  token_throttled: ["token"],
  /** A token that is refused when it is used, though it is said to live an hour. */
  expired_token: ["token"],
  /** A grant takes `ms`; a second one with the same refresh token meanwhile makes that token void for good. */
  token_race: ["token"],
  /** The answer carries another refresh token, and the one that was used is void. */
  rotate_refresh_token: ["token"],
  /** Posts work but the answer is 204 without an id, also for `sync_message`. */
  no_message_id: ["post"],
  /** The webhook gets each event twice. */
  duplicate_event: [],
  /** The webhook gets an event after the next one, or after `ms` when none comes. */
  reorder: [],
};

export const faultNames: readonly FaultName[] = Object.keys(faultTargets).filter(isFaultName);

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultTargets, name);
}

export interface FaultOptions {
  /** How many calls it strikes before it switches itself off; without it, until cleared. */
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  /** Delay of `slow`, `late_answer`, `token_race` and `reorder`, or how long `refuse_connections` lasts. */
  readonly ms?: number;
  readonly status?: number;
  /** Which calls it strikes. */
  readonly endpoints?: readonly Endpoint[];
}

export type ActiveFault = kit.ActiveFault<FaultName, FaultOptions>;
export type Faults = kit.Faults<FaultName, FaultOptions>;

export interface FaultBoard extends Faults {
  /** Uses up one strike of each fault that concerns the call; at most one besides `slow`. */
  strike(endpoint: Endpoint): kit.Strike<ActiveFault>;
  /** Uses up one strike of a fault, when it is on. */
  take(name: FaultName): ActiveFault | undefined;
}

export function createFaultBoard(
  hooks: Omit<Parameters<typeof kit.createFaultBoard>[0], "defaultTimes">,
): FaultBoard {
  const board = kit.createFaultBoard<FaultName, FaultOptions>({
    ...hooks,
    defaultTimes: (name) => (name === "unauthorized_once" ? 1 : undefined),
  });
  return {
    ...board,
    strike: (endpoint) => board.strike((fault) => targets(fault).includes(endpoint)),
  };
}

function targets(fault: ActiveFault): readonly Endpoint[] {
  return fault.options.endpoints ?? faultTargets[fault.name];
}
