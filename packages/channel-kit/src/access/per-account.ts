import type { AccountAccess } from "./credentials.ts";

/** More accounts than this in one process are not kept apart at once; the one unused for longest is made anew. */
const maxAccounts = 10_000;

/**
 * Keeps one thing for each account, for example its token source, made when the account is first met.
 * At most ten thousand are kept; beyond that the one that was not asked for the longest is forgotten.
 */
export function perAccount<
  Kept extends object,
  Account extends Pick<AccountAccess, "accountId"> = AccountAccess,
>(create: (account: Account) => Kept, limit: number = maxAccounts): (account: Account) => Kept {
  const kept = new Map<string, Kept>();
  return (account) => {
    const { accountId } = account;
    const current = kept.get(accountId) ?? create(account);
    // A Map remembers the order of insertion: the first key is the one that waited for longest.
    kept.delete(accountId);
    kept.set(accountId, current);
    for (const oldest of kept.keys()) {
      if (kept.size <= limit) break;
      kept.delete(oldest);
    }
    return current;
  };
}
