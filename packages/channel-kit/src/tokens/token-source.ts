import type { Credentials, CredentialVault, NewCredentials } from "../access/credentials.ts";
import { DeliveryError } from "../outbound/delivery-error.ts";
import { createFailures } from "./failures.ts";
import { createHeldToken } from "./held.ts";
import { leaveRunning } from "./waiting.ts";

/** The access token of one account, shared by all its senders and fetchers. */
export interface TokenSource {
  /**
   * A token that is valid for some minutes. Concurrent callers share one refresh, across all processes with the
   * vault. A caller that aborts leaves the refresh running for the others. While refreshing fails, an unexpired token
   * is still returned.
   *
   * @throws DeliveryError `permanent` when the platform rejects the credentials for good, else `transient`, also when
   * the caller aborts.
   */
  get(signal: AbortSignal): Promise<string>;
  /**
   * Drops a token that the platform rejected, unless it is known to be younger than `minAgeMs`. Returns whether `get`
   * now gives another token: this one was dropped, or had been replaced already.
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
  /** A token is replaced this long before it expires, or up to a fifth earlier. */
  readonly leadMs: number;
  /**
   * Requests new credentials from the platform; `held` is undefined if the account has none. The result replaces all
   * secrets, so it repeats the unchanged ones. `signal` is the deadline of the call.
   *
   * @throws DeliveryError `permanent` when only a person can help; any other error is retried later.
   */
  readonly refresh: (held: Credentials | undefined, signal: AbortSignal) => Promise<NewCredentials>;
}

/** A platform that takes longer is down. The vault lets one process renew alone for longer than this. */
const refreshTimeoutMs = 8_000;
/**
 * Other processes may renew while this one reads. If their tokens expire at once again and again, a clock is wrong.
 */
const maxRounds = 3;

/** A {@link TokenSource} over a vault; no I/O before it is asked. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { vault, now, random = Math.random } = options;
  const failures = createFailures({ vault, now, random });
  const held = createHeldToken({ ...options, random, now: () => now().getTime() });
  let advancing: Promise<string> | undefined;

  /** Reads the vault, and renews the token if it is not fresh. */
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
  /** This process asked the platform; otherwise another one had done so. */
  readonly asked: boolean;
}

function useless(): DeliveryError {
  const message = "The new credentials contain no token that stays valid for a while.";
  return new DeliveryError({ kind: "transient", reason: "refresh_failed", message });
}
