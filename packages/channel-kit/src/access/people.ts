import type { AccountAccess } from "./credentials.ts";

/** A person on the platform, as other people see them. */
export interface Person {
  readonly displayName: string;
}

/** Who people are, where the platform's events give their ids alone. */
export interface PeopleDirectory {
  /**
   * One person, by one call; undefined when the platform knows no one by that id. Mio keeps the answer and limits the
   * calls.
   *
   * @throws DeliveryError. `permanent` means that no further person of the account needs to be asked for, for example
   * because a scope is missing.
   */
  lookUp(personId: string, account: AccountAccess, signal: AbortSignal): Promise<Person | undefined>;
}
