import type { AccountAccess, InboundEvent, TokenSource } from "@mio/channel-kit";
import { MioError, toMioError } from "@mio/failure";
import type { SlackSelf } from "../events/author.ts";
import { type Connection, connect } from "./connection.ts";
import type { Handover } from "./handover.ts";
import { createIdentify } from "./identity.ts";
import type { Timers } from "./timers.ts";
import type { Answer, SocketApi } from "./web-api.ts";
import type { OpenWire } from "./wire.ts";

/** The tokens with which an account opens sockets; `version` changes with them. */
export interface SocketTokens {
  readonly version: string;
  readonly appToken: string;
  /** Without bot tokens, our bot's ids come from events only. */
  readonly botTokens: TokenSource | undefined;
}

/** The outcome of an attempt to open a connection. */
export type Opening =
  | { readonly kind: "open"; readonly connection: Connection }
  | { readonly kind: "unused" }
  | {
      readonly kind: "refused";
      /** For operators; begins with Slack's error code. */
      readonly reason: string;
      readonly error: MioError;
      readonly version: string;
    }
  | { readonly kind: "failed"; readonly error: MioError; readonly retryAfterMs?: number };

export interface OpeningOptions {
  readonly account: AccountAccess;
  readonly api: SocketApi;
  readonly tokens: () => Promise<SocketTokens | undefined>;
  readonly openWire: OpenWire;
  readonly timers: Timers;
  readonly handover: Handover;
  /** Total: an unreadable payload is an ignored event. */
  readonly read: (payload: unknown, self: SlackSelf) => InboundEvent;
  readonly signal: AbortSignal;
}

/** Returns a function that opens the next connection. */
export function createOpener(options: OpeningOptions): () => Promise<Opening> {
  const { account, api, signal } = options;
  const identify = createIdentify(account, api, signal);
  return async () => {
    try {
      const tokens = await options.tokens();
      if (tokens === undefined) return { kind: "unused" };
      const self = await identify(tokens.botTokens);
      if (self.kind !== "ok") return toOpening(self, tokens, account);
      const url = await api.openConnection(tokens.appToken, signal);
      if (url.kind !== "ok") return toOpening(url, tokens, account);
      return await greet(url.value, self.value, options);
    } catch (error) {
      return { kind: "failed", error: toMioError(error) };
    }
  };
}

async function greet(url: URL, self: SlackSelf, options: OpeningOptions): Promise<Opening> {
  const { openWire, timers, handover, read, signal } = options;
  const connection = connect({ url, openWire, timers, handover, read: (payload) => read(payload, self) });
  const give = (): void => void connection.close(0);
  signal.addEventListener("abort", give, { once: true });
  const error = await connection.greeted;
  signal.removeEventListener("abort", give);
  return error === undefined ? { kind: "open", connection } : { kind: "failed", error };
}

function toOpening(
  answer: Exclude<Answer<unknown>, { kind: "ok" }>,
  { version }: SocketTokens,
  { externalId }: AccountAccess,
): Opening {
  if (answer.kind === "failed") return answer;
  const { reason, workspace } = answer;
  if (workspace === undefined) {
    const message = `Slack refuses the tokens of the socket: ${reason}.`;
    const error = new MioError("socket.refused", message, { details: { reason } });
    return { kind: "refused", reason, error, version };
  }
  const message = `The bot token belongs to workspace ${workspace}; external_id of the account is ${externalId}.`;
  const error = new MioError("socket.refused", message, { details: { reason, workspace } });
  return { kind: "refused", reason: `${reason}: the token belongs to ${workspace}`, error, version };
}
