import type { NewCredentials } from "./credentials.ts";

/** How an account's owner lets Mio in: with a page of the platform, and a code that the platform sends back. */
export interface InstallFlow {
  /**
   * The page to send the owner to. Pure.
   *
   * @throws MioError `config.invalid` when `state` is empty: it is what ties the answer to the question.
   */
  authorizeUrl(request: { readonly state: string; readonly redirectUri: string }): URL;
  /**
   * Trades the code for credentials, once: a code is good for one try.
   *
   * @throws DeliveryError `permanent` when the platform refuses it, else `transient`; without a secret in it.
   */
  exchange(answer: InstallAnswer, signal: AbortSignal): Promise<NewCredentials>;
}

export interface InstallAnswer {
  readonly code: string;
  /** The one that `authorizeUrl` was given. */
  readonly redirectUri: string;
  /** All parameters that came with the code; some platforms tell there where the account lives. */
  readonly callback: URLSearchParams;
}
