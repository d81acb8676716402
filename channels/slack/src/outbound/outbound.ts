import {
  type AccountAccess,
  type HttpClient,
  isLoopback,
  type Outbound,
  perAccount,
  type TokenSource,
} from "@mio/channel-kit";
import { createSlackClient } from "../access/client.ts";
import { missingScopes } from "../access/scopes.ts";
import { resolveEditTarget } from "../identity/edit-target.ts";
import { createSender } from "./send.ts";

export interface OutboundOptions {
  readonly baseUrl: URL;
  readonly http: HttpClient;
  /** For the bytes of files, with a longer deadline. */
  readonly uploads: HttpClient;
  readonly tokensOf: (account: AccountAccess) => TokenSource;
  readonly now: () => Date;
}

/** One sender per account, which caches the account's threads. */
export function createOutbound({ baseUrl, http, uploads, tokensOf, now }: OutboundOptions): Outbound {
  const isUploadAddress = (url: URL): boolean =>
    url.protocol === "https:" || (isLoopback(baseUrl) && isLoopback(url));
  const clientOf = perAccount((account) =>
    createSlackClient({ account, baseUrl, http, tokens: tokensOf(account), now }),
  );
  return {
    resolveEditTarget,
    connect: perAccount((account) =>
      createSender({ client: clientOf(account), uploads, isUploadAddress, now }),
    ),
    async identify(account, signal) {
      const answer = await clientOf(account).call({
        method: "auth.test",
        args: {},
        signal,
        repeatable: true,
      });
      const workspaces = [answer.team_id, answer.enterprise_id].filter((id) => id !== undefined);
      const granted = answer.response_metadata?.scopes;
      return granted === undefined ? { workspaces } : { workspaces, lacks: missingScopes(granted) };
    },
  };
}
