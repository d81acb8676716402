import {
  type AccountAccess,
  type HttpClient,
  type Outbound,
  perAccount,
  type TokenSource,
} from "@mio/channel-kit";
import { createSlackClient } from "./client.ts";
import { resolveEditTarget } from "./edit-target.ts";
import { createSender } from "./send.ts";
import { isLoopback } from "./settings.ts";

export interface OutboundOptions {
  readonly baseUrl: URL;
  readonly http: HttpClient;
  /** For the bytes of files, which take their time. */
  readonly uploads: HttpClient;
  readonly tokensOf: (account: AccountAccess) => TokenSource;
  readonly now: () => Date;
}

/** One sender for each account, which remembers the account's threads. */
export function createOutbound({ baseUrl, http, uploads, tokensOf, now }: OutboundOptions): Outbound {
  const isUploadAddress = (url: URL): boolean =>
    url.protocol === "https:" || (isLoopback(baseUrl) && isLoopback(url));
  return {
    resolveEditTarget,
    connect: perAccount((account) => {
      const client = createSlackClient({ account, baseUrl, http, tokens: tokensOf(account), now });
      return createSender({ client, uploads, isUploadAddress, now });
    }),
  };
}
