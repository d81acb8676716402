import type { Credentials, CredentialVault, NewCredentials } from "../access/credentials.ts";
import { DeliveryError } from "../outbound/delivery-error.ts";
import { createFailures } from "./failures.ts";
import { createHeldToken } from "./held.ts";
import { leaveRunning } from "./waiting.ts";

/** Gives the access token of one account. One is shared by all senders and fetchers of the account. */
export interface TokenSource {
  /**
   * A token that is good for some minutes. Many callers at once cause one refresh, in all processes that share
   * the vault; a caller that gives up leaves it running for the others. While a refresh fails, a token that has
   * not ended is still given.
   *
   * @throws DeliveryError `permanent` when the platform refuses for good, else `transient`, also when the caller aborts.
   */
  get(signal: AbortSignal): Promise<string>;
  /**
   * Forgets a token that the platform refused, unless it is known to be younger than `minAgeMs`. Returns whether
   * asking again gives another one: then it was forgotten, or replaced already.
   */
  invalidate(token: string, minAgeMs?: number): boolean;
}

export interface TokenSourceOptions {
  readonly vault: CredentialVault;
  readonly now: () => Date;
  /** Uniform in [0, 1); default `Math.random`. Spreads refreshes and retries of processes that started together. */
  readonly random?: () => number;
  /** The name of the access token among the account's secrets. */
  readonly tokenName: string;
  /** A token is replaced this long before it ends, or up to a fifth earlier. */
  readonly leadMs: number;
  /**
   * Asks the platform for new credentials; `held` is undefined when the account has none of its own. What it
   * returns replaces all secrets, so it repeats those that did not change. `signal` is the time limit of the call.
   *
   * @throws DeliveryError `permanent` when only a person can help; anything else is tried again later.
   */
  readonly refresh: (held: Credentials | undefined, signal: AbortSignal) => Promise<NewCredentials>;
}

/** A platform that takes longer for a token is down. A vault lets one process renew alone for longer than this. */
const refreshTimeoutMs = 8_000;
/** Others may renew while we read; when theirs end at once again and again, a clock is wrong. */
const maxRounds = 3;

/** A {@link TokenSource} over a vault; no I/O before it is asked. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { vault, now, random = Math.random } = options;
  const failures = createFailures({ vault, now, random });
  const held = createHeldToken({ ...options, random, now: () => now().getTime() });
  let advancing: Promise<string> | undefined;

  /** Takes what the vault has, and renews it when that is not fresh. */
  const advance = async (): Promise<string> => {
    let known = await vault.read().catch((error: unknown) => failures.fail(error, undefined));
    held.adopt(known, false);
    for (let round = 0; round < maxRounds && held.fresh() === undefined; round += 1) {
      failures.throwIfRefused(known?.version);
      const renewed = await renew(known);
      if (renewed.asked) return takeOwn(renewed.credentials);
      known = renewed.credentials;
      held.adopt(known, true);
    }
    const token = held.good();
    if (token === undefined) return failures.fail(useless(), known?.version);
    failures.forget();
    return token;
  };

  const renew = async (known: Credentials | undefined): Promise<Renewed> => {
    let asked = false;
    const ask = (current: Credentials | undefined): Promise<NewCredentials> => {
      asked = true;
      return options.refresh(current, AbortSignal.timeout(refreshTimeoutMs));
    };
    const staleVersion = known?.version;
    const credentials = await vault
      .renew({ staleVersion, ask })
      .catch((error: unknown) => failures.fail(error, staleVersion));
    return { credentials, asked };
  };

  const takeOwn = async (credentials: Credentials): Promise<string> => {
    held.adoptOwn(credentials);
    const token = held.good();
    if (token === undefined) return failures.fail(useless(), credentials.version);
    await failures.clear();
    return token;
  };

  const share = (): Promise<string> => {
    advancing ??= advance().finally(() => {
      advancing = undefined;
    });
    return advancing;
  };

  return {
    get: async (signal) => {
      const token = held.fresh();
      if (token !== undefined) return token;
      try {
        failures.throwIfStanding();
        return await leaveRunning(share(), signal);
      } catch (error) {
        const stillGood = held.good();
        if (stillGood !== undefined) return stillGood;
        throw error;
      }
    },
    invalidate: (token, minAgeMs = 0) => held.invalidate(token, minAgeMs),
  };
}

interface Renewed {
  readonly credentials: Credentials;
  /** We asked the platform; otherwise another process had done so. */
  readonly asked: boolean;
}

function useless(): DeliveryError {
  const message = "The credentials that came back hold no token that is good for a while.";
  return new DeliveryError({ kind: "transient", reason: "refresh_failed", message });
}
