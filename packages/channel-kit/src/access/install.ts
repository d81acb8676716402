import type { NewCredentials } from "./credentials.ts";

/** How an account's owner authorises Mio: on a page of the platform, which sends a code back. */
export interface InstallFlow {
  /**
   * The page to send the owner to. Pure.
   *
   * @throws MioError `config.invalid` when `state` is empty: it ties the answer to the request.
   */
  authorizeUrl(request: { readonly state: string; readonly redirectUri: string }): URL;
  /**
   * Exchanges the code for credentials. A code works once.
   *
   * @throws DeliveryError `permanent` when the platform rejects the code, else `transient`. It contains no secret.
   */
  exchange(answer: InstallAnswer, signal: AbortSignal): Promise<NewCredentials>;
}

export interface InstallAnswer {
  readonly code: string;
  /** The one given to `authorizeUrl`. */
  readonly redirectUri: string;
  /** All parameters that came with the code. Some platforms name the account's data centre there. */
  readonly callback: URLSearchParams;
}
