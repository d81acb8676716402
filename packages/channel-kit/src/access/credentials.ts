/** The account a call is made for. */
export interface AccountAccess {
  readonly accountId: string;
  /** The platform's id of the workspace. */
  readonly externalId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly vault: CredentialVault;
}

/** The secrets of one account. The channel chooses their names, for example `refresh_token`. */
export interface Credentials {
  /** Changes with every renewal. */
  readonly version: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** When the first of the secrets expires; undefined if none does. */
  readonly expiresAt: Date | undefined;
}

export type NewCredentials = Omit<Credentials, "version">;

/** Stores one account's credentials for all processes. */
export interface CredentialVault {
  /** Undefined if the account has no credentials; then the channel's settings apply. */
  read(): Promise<Credentials | undefined>;
  /**
   * Replaces the credentials with the result of `ask`. Across all processes, one caller at a time. If the vault no
   * longer has `staleVersion`, another caller has renewed the credentials: `renew` returns those and does not call
   * `ask`. Rethrows what `ask` throws, and changes nothing then.
   */
  renew(renewal: Renewal): Promise<Credentials>;
  /** Reports to operators whether the platform accepts the credentials. Cheap to repeat. */
  report(health: CredentialHealth): Promise<void>;
}

export interface Renewal {
  /** The version that the caller read; undefined if there was none. */
  readonly staleVersion: string | undefined;
  readonly ask: (held: Credentials | undefined) => Promise<NewCredentials>;
}

export type CredentialHealth =
  | { readonly state: "ok" }
  /** The platform rejects them for good: a person must authorise Mio again. `reason` is the platform's error code. */
  | { readonly state: "reauth_required"; readonly reason: string };
