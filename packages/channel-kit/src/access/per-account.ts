import { createBoundedMap } from "@mio/pacing";
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
  const kept = createBoundedMap<string, Kept>(limit);
  return (account) => {
    const known = kept.get(account.accountId);
    if (known !== undefined) return known;
    const created = create(account);
    kept.set(account.accountId, created);
    return created;
  };
}
