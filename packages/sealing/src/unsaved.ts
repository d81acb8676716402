import type { Credentials } from "@mio/channel-kit";
import { type Clock, createBackoff, pause } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import { type Db, readCredentials, replaceCredentials, type SealedCredentials, type Store } from "@mio/store";

/** Credentials from a renewal that are not in Postgres yet. */
export interface RenewedCredentials {
  readonly staleVersion: string | undefined;
  readonly credentials: Credentials;
  readonly sealed: SealedCredentials;
}

/**
 * Keeps credentials that could not be stored, and retries: after a rotation the old refresh token may be invalid.
 * Disposing retries for a few more seconds and logs lost credentials.
 */
export interface Unsaved extends AsyncDisposable {
  keep(accountId: string, renewed: RenewedCredentials): void;
  /** Tries to store the kept credentials. Returns those still kept; undefined once Postgres has these or later ones. */
  settle(accountId: string): Promise<Credentials | undefined>;
}

/** Stores renewed credentials unless the account has others by now. Recognises its own unconfirmed write. */
export async function storeRenewed(
  db: Db,
  accountId: string,
  renewed: RenewedCredentials,
): Promise<"stored" | "superseded"> {
  if (await replaceCredentials(db, accountId, renewed)) return "stored";
  const row = await readCredentials(db, accountId);
  return row?.version === renewed.sealed.version ? "stored" : "superseded";
}

const backoff = createBackoff({ baseMs: 200, maxMs: 10_000 });
/** About five minutes. */
const maxAttempts = 60;
/** Time for the last retries on shutdown; platforms and orchestrators grant at least 15 s for the whole shutdown. */
const lastTriesMs = 5_000;
const lastTryEveryMs = 250;

export function createUnsaved(deps: {
  readonly store: Pick<Store, "pool">;
  readonly clock: Clock;
  readonly logger: Logger;
}): Unsaved {
  const { store, clock, logger } = deps;
  const kept = new Map<string, RenewedCredentials>();

  const settle: Unsaved["settle"] = async (accountId) => {
    const renewed = kept.get(accountId);
    if (renewed === undefined) return undefined;
    try {
      const outcome = await storeRenewed(store.pool, accountId, renewed);
      if (kept.get(accountId) === renewed) kept.delete(accountId);
      logger.info({ account_id: accountId }, `credentials.${outcome}_late`);
    } catch {
      // Logged once, when they were kept; retried later.
    }
    return kept.get(accountId)?.credentials;
  };
  const ending = new AbortController();
  const retryForever = async (accountId: string): Promise<void> => {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      await pause(backoff.delayMs(attempt), { clock, signal: ending.signal });
      if (ending.signal.aborted) return;
      if ((await settle(accountId)) === undefined) return;
    }
    logger.error({ account_id: accountId }, "credentials.not_stored");
  };
  return {
    settle,
    keep: (accountId, renewed) => {
      kept.set(accountId, renewed);
      void retryForever(accountId);
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      const until = clock.now().getTime() + lastTriesMs;
      for (;;) {
        await Promise.all([...kept.keys()].map(settle));
        if (kept.size === 0 || clock.now().getTime() >= until) break;
        await clock.sleep(lastTryEveryMs);
      }
      for (const accountId of kept.keys()) logger.error({ account_id: accountId }, "credentials.lost");
    },
  };
}
