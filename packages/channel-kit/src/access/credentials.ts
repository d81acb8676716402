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
  /** Another one after every change. */
  readonly version: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** When the secret that ends first does; undefined when none does. */
  readonly expiresAt: Date | undefined;
}

export type NewCredentials = Omit<Credentials, "version">;

/** Where one account's credentials are kept, for all processes. */
export interface CredentialVault {
  /** Undefined when the account has none of its own: then the channel's settings count. */
  read(): Promise<Credentials | undefined>;
  /**
   * Replaces the credentials by what `ask` gets from the platform, one caller at a time in all processes. When the
   * vault no longer holds `staleVersion`, somebody else has renewed them: theirs are returned and nobody is asked.
   * What `ask` throws is thrown, and nothing changes.
   */
  renew(renewal: Renewal): Promise<Credentials>;
  /** Tells operators whether the platform still takes the credentials; cheap to repeat. */
  report(health: CredentialHealth): Promise<void>;
}

export interface Renewal {
  /** What the caller held; undefined when it held none. */
  readonly staleVersion: string | undefined;
  readonly ask: (held: Credentials | undefined) => Promise<NewCredentials>;
}

export type CredentialHealth =
  | { readonly state: "ok" }
  /** The platform refuses them for good: a person must authorise Mio again. `reason` is the platform's word. */
  | { readonly state: "reauth_required"; readonly reason: string };
