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
  | "no_message_id";

/** The calls each fault strikes unless told otherwise. */
const faultTargets: Readonly<Record<FaultName, readonly Endpoint[]>> = {
  /** 429 with `Retry-After`. */
  rate_limited: ["post", "edit", "delete", "history"],
  /** Cliq's own throttle: 400 with a message, no header. */
  throttle400: ["post", "edit", "delete", "history"],
  /** 5xx, 500 unless `status` says otherwise. */
  server_error: ["post", "edit", "delete", "history", "file", "token"],
  /** Answers `ms` late. */
  slow: ["post", "edit", "delete", "history", "file", "token"],
  /** 401 although the token is good; once unless `times` says otherwise. */
  unauthorized_once: ["post", "edit", "delete", "history"],
  /** Does the work, then cuts the connection: the caller cannot know. */
  drop_response: ["post", "edit", "delete"],
  /** Does the work and answers `ms` later: whoever dies meanwhile cannot know either. */
  late_answer: ["post", "edit", "delete"],
  /** The API's port is closed; `ms` opens it again by itself. */
  refuse_connections: ["post", "edit", "delete", "history", "file", "token", "other"],
  /** 200 with an HTML login page instead of the file. */
  login_page: ["file"],
  /** 400 `attachment_access_time_expired`. */
  attachment_expired: ["file"],
  /** The refresh token was revoked; Zoho answers 200 with `invalid_code`. */
  invalid_grant: ["token"],
  /** Too many tokens asked for: 400 `Access Denied`. */
  token_throttled: ["token"],
  /** Posts work but the answer is 204 without an id, also for `sync_message`. */
  no_message_id: ["post"],
};

export const faultNames: readonly FaultName[] = Object.keys(faultTargets).filter(isFaultName);

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultTargets, name);
}

export interface FaultOptions {
  /** How many calls it strikes before it switches itself off; without it, until cleared. */
  readonly times?: number;
  readonly retryAfterSeconds?: number;
  /** Delay of `slow` and `late_answer`, or how long `refuse_connections` lasts. */
  readonly ms?: number;
  readonly status?: number;
  /** Which calls it strikes. */
  readonly endpoints?: readonly Endpoint[];
}

export interface ActiveFault {
  readonly name: FaultName;
  readonly options: FaultOptions;
  /** Strikes left; undefined is without end. */
  readonly remaining: number | undefined;
  readonly hits: number;
}

export interface Faults {
  set(name: FaultName, options?: FaultOptions): void;
  /** Switches one fault off, or all. */
  clear(name?: FaultName): void;
  active(): readonly ActiveFault[];
  /** Resolves when the port is open or closed as the faults say; only `refuse_connections` needs it. */
  settled(): Promise<void>;
}

/** What happens to one call. */
export interface Strike {
  readonly delayMs: number;
  readonly fault: ActiveFault | undefined;
}

export interface FaultBoard extends Faults {
  /** Uses up one strike of each fault that concerns the call; at most one besides `slow`. */
  strike(endpoint: Endpoint): Strike;
}

export function createFaultBoard(hooks: {
  readonly changed: () => void;
  readonly settled: () => Promise<void>;
}): FaultBoard {
  const board = new Map<FaultName, ActiveFault>();

  const use = (fault: ActiveFault): void => {
    const remaining = fault.remaining === undefined ? undefined : fault.remaining - 1;
    if (remaining === 0) board.delete(fault.name);
    else board.set(fault.name, { ...fault, remaining, hits: fault.hits + 1 });
    hooks.changed();
  };
  const concerning = (endpoint: Endpoint): ActiveFault[] =>
    [...board.values()].filter((fault) => targets(fault).includes(endpoint));

  return {
    set(name, options = {}) {
      const remaining = options.times ?? (name === "unauthorized_once" ? 1 : undefined);
      board.set(name, { name, options, remaining, hits: 0 });
      hooks.changed();
    },
    clear(name) {
      if (name === undefined) board.clear();
      else board.delete(name);
      hooks.changed();
    },
    active: () => [...board.values()],
    settled: hooks.settled,
    strike(endpoint) {
      const faults = concerning(endpoint);
      const slow = faults.find((fault) => fault.name === "slow");
      const fault = faults.find((candidate) => candidate.name !== "slow");
      if (slow) use(slow);
      if (fault) use(fault);
      return { delayMs: slow ? (slow.options.ms ?? 1_000) : 0, fault };
    },
  };
}

function targets(fault: ActiveFault): readonly Endpoint[] {
  return fault.options.endpoints ?? faultTargets[fault.name];
}
