import type { AccountAccess } from "./credentials.ts";

/** Above this number, the least recently used account is dropped and created again when needed. */
const maxAccounts = 10_000;

/**
 * Returns a function that creates one object per account, for example its token source, at the first call. It keeps
 * at most `limit` and drops the least recently used.
 */
export function perAccount<
  Kept extends object,
  Account extends Pick<AccountAccess, "accountId"> = AccountAccess,
>(create: (account: Account) => Kept, limit: number = maxAccounts): (account: Account) => Kept {
  const kept = new Map<string, Kept>();
  return (account) => {
    const { accountId } = account;
    const current = kept.get(accountId) ?? create(account);
    // A Map iterates in order of insertion, so the first key is the least recently used.
    kept.delete(accountId);
    kept.set(accountId, current);
    for (const oldest of kept.keys()) {
      if (kept.size <= limit) break;
      kept.delete(oldest);
    }
    return current;
  };
}
