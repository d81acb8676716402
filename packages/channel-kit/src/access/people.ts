import type { AccountAccess } from "./credentials.ts";

/** A person on the platform, as other people see them. */
export interface Person {
  readonly displayName: string;
}

/** Looks up people, for platforms whose events contain only ids. */
export interface PeopleDirectory {
  /**
   * Looks up one person with one call. Undefined if the platform does not know the id. Mio caches the answer and
   * limits the calls.
   *
   * @throws DeliveryError. `permanent` means that no further lookup of the account can succeed, for example because a
   * scope is missing.
   */
  lookUp(personId: string, account: AccountAccess, signal: AbortSignal): Promise<Person | undefined>;
}
