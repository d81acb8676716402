import type { Credentials } from "../access/credentials.ts";

/** The current token of this process, and whether it may be used. */
export interface HeldToken {
  /** Not expired and not rejected. */
  good(): string | undefined;
  /** Good, and not yet due for renewal. */
  fresh(): string | undefined;
  /** Takes the vault's credentials; `made` if they are known to be new, from any process. */
  adopt(credentials: Credentials | undefined, made: boolean): void;
  /** Takes the platform's answer to this process: a token that it rejected before is valid again. */
  adoptOwn(credentials: Credentials): void;
  /** See `TokenSource.invalidate`. */
  invalidate(token: string, minAgeMs: number): boolean;
}

/** Times are milliseconds since the epoch. */
interface Token {
  readonly version: string;
  readonly value: string;
  /** The time it was made; negative infinity if unknown. */
  readonly since: number;
  readonly refreshAt: number;
  readonly endsAt: number;
}

interface HoldOptions {
  readonly tokenName: string;
  readonly leadMs: number;
  readonly random: () => number;
  readonly now: () => number;
}

export function createHeldToken(options: HoldOptions): HeldToken {
  const { now } = options;
  let held: Token | undefined;
  let refused: string | undefined;

  const good = (): string | undefined =>
    held !== undefined && held.value !== refused && now() < held.endsAt ? held.value : undefined;
  const adopt = (credentials: Credentials | undefined, made: boolean): void => {
    if (credentials === undefined || credentials.version === held?.version) return;
    held = toToken(credentials, made || held !== undefined, options);
  };
  return {
    good,
    fresh: () => (held !== undefined && now() < held.refreshAt ? good() : undefined),
    adopt,
    adoptOwn: (credentials) => {
      refused = undefined;
      adopt(credentials, true);
    },
    invalidate: (token, minAgeMs) => {
      if (held?.value !== token) return true;
      if (now() - held.since < minAgeMs) return false;
      refused = token;
      return true;
    },
  };
}

/** Undefined if the secrets contain no token of that name. */
function toToken(credentials: Credentials, made: boolean, options: HoldOptions): Token | undefined {
  const value = credentials.secrets[options.tokenName];
  if (value === undefined || value === "") return undefined;
  const now = options.now();
  const endsAt = credentials.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  const wantedMs = options.leadMs * (1 + options.random() / 5);
  // Otherwise a token with a lifetime below the lead would be replaced at every use.
  const leadMs = made ? Math.min(wantedMs, (endsAt - now) / 2) : wantedMs;
  const since = made ? now : Number.NEGATIVE_INFINITY;
  return { version: credentials.version, value, since, refreshAt: endsAt - leadMs, endsAt };
}
