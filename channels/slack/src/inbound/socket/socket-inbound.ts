import type { AccountAccess, InboundEvent, SocketContext, SocketInbound } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { SlackSelf } from "../events/author.ts";
import { normalize } from "../normalize.ts";
import { parsePayload } from "../payload.ts";
import { createHandover } from "./handover.ts";
import { createOpener, type SocketTokens } from "./opening.ts";
import { keepConnected } from "./session.ts";
import type { Timers } from "./timers.ts";
import type { SocketApi } from "./web-api.ts";
import type { OpenWire } from "./wire.ts";

export interface SocketOptions {
  readonly api: SocketApi;
  readonly openWire: OpenWire;
  readonly timers: Timers;
  readonly now: () => Date;
  readonly random: () => number;
  readonly botMessages: "keep" | "ignore";
  /** The account's tokens for sockets; undefined if it has none. */
  readonly tokens: (account: AccountAccess) => Promise<SocketTokens | undefined>;
}

/** Slack's Socket Mode: events arrive over a connection that Mio opens. */
export function createSocketInbound(options: SocketOptions): SocketInbound {
  return { run: (account, context) => run(account, context, options) };
}

async function run(
  account: AccountAccess,
  { signal, accept, onLate, onState }: SocketContext,
  options: SocketOptions,
): Promise<void> {
  const { timers, api, openWire, random } = options;
  const tokens = (): Promise<SocketTokens | undefined> => options.tokens(account);
  if (await isUnused(tokens)) {
    onState({ kind: "unused" });
    return;
  }
  const handover = createHandover({ accept, onLate, timers });
  const read = (payload: unknown, self: SlackSelf): InboundEvent => readPayload(payload, self, options);
  const open = createOpener({ account, api, tokens, openWire, timers, handover, read, signal });
  await keepConnected({ open, tokens, vault: account.vault, timers, random, signal, onState });
}

/** NOTE: unreadable tokens may exist; the session retries. */
async function isUnused(tokens: () => Promise<SocketTokens | undefined>): Promise<boolean> {
  try {
    return (await tokens()) === undefined;
  } catch {
    return false;
  }
}

/** An unreadable envelope is acknowledged too: a resend would not be readable either. */
function readPayload(
  payload: unknown,
  self: SlackSelf,
  { now, botMessages }: Pick<SocketOptions, "now" | "botMessages">,
): InboundEvent {
  try {
    const event = normalize(parsePayload(payload), { receivedAt: now(), botMessages, self });
    return event.kind === "handshake" ? { kind: "ignored", reason: "unsupported_envelope" } : event;
  } catch (error) {
    if (error instanceof MioError) return { kind: "ignored", reason: "unparseable" };
    throw error;
  }
}
