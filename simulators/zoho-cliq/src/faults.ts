import * as kit from "@mio/simulator-kit";
import type { Endpoint } from "./endpoint.ts";

/** All faults of the Cliq simulator. */
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

/** Calls that change a chat. */
const writes: readonly Endpoint[] = ["post", "edit", "delete", "reaction", "upload"];
const calls: readonly Endpoint[] = [...writes, "history"];

/** The calls that each fault strikes, unless `endpoints` is set. */
const faultTargets: Readonly<Record<FaultName, readonly Endpoint[]>> = {
  /** 429 with `Retry-After`. */
  rate_limited: calls,
  /** Cliq's throttle: 400 with a message, without a header. */
  throttle400: calls,
  /** A 5xx status, by default 500. */
  server_error: [...calls, "file", "token"],
  /** Answers `ms` late. */
  slow: [...calls, "file", "token"],
  /** 401 for a valid token; once unless `times` is set. */
  unauthorized_once: calls,
  /** Does the work, then cuts the connection, so the caller does not learn the outcome. */
  drop_response: writes,
  /** Does the work and answers after `ms`. A caller that crashes meanwhile does not learn the outcome. */
  late_answer: writes,
  /** Closes the API's port, for `ms` if given. */
  refuse_connections: [...calls, "file", "token", "other"],
  /** 200 with an HTML login page instead of the file. */
  login_page: ["file"],
  /** 400 `attachment_access_time_expired`. */
  attachment_expired: ["file"],
  /** The refresh token was revoked; Zoho answers 200 with `invalid_code`. */
  invalid_grant: ["token"],
  /** Too many token requests: 400 `Access Denied`. */
  token_throttled: ["token"],
  /** The token is rejected, although `expires_in` says an hour. */
  expired_token: ["token"],
  /** A grant takes `ms`. A second grant with the same refresh token meanwhile revokes that token. */
  token_race: ["token"],
  /** The answer has a new refresh token, and the used one is revoked. */
  rotate_refresh_token: ["token"],
  /** Posts work, but answer 204 without an id even for `sync_message`. */
  no_message_id: ["post"],
  /** The webhook gets each event twice. */
  duplicate_event: [],
  /** The webhook gets an event after the next one, or after `ms`. */
  reorder: [],
};

export const faultNames: readonly FaultName[] = Object.keys(faultTargets).filter(isFaultName);

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultTargets, name);
}

export interface FaultOptions {
  /** Number of strikes before the fault switches off. Default: unlimited. */
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  /** Delay of `slow`, `late_answer`, `token_race` and `reorder`; duration of `refuse_connections`. */
  readonly ms?: number;
  readonly status?: number;
  /** The calls it strikes. */
  readonly endpoints?: readonly Endpoint[];
}

export type ActiveFault = kit.ActiveFault<FaultName, FaultOptions>;
export type Faults = kit.Faults<FaultName, FaultOptions>;

export interface FaultBoard extends Faults {
  /** Uses up one strike of `slow` and of one other fault that concerns the call. */
  strike(endpoint: Endpoint): kit.Strike<ActiveFault>;
  /** Uses up one strike of a fault; undefined when it is off. */
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
