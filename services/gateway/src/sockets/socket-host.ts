import type { CredentialVault, SocketInbound } from "@mio/channel-kit";
import { toMioError } from "@mio/failure";
import { type Clock, pause, type Timers } from "@mio/pacing";
import type { Logger, Probe, Worker } from "@mio/service-kit";
import type { Account } from "@mio/store";
import type { AccountDirectory } from "../accounts/account-directory.ts";
import type { AcceptSocketEvent } from "./accept-socket-event.ts";
import { type AccountSocket, startAccountSocket } from "./account-socket.ts";
import type { SocketEvents } from "./socket-events.ts";
import { complaintAbout, describeQuiet, type SocketStatus } from "./socket-status.ts";

/** A channel with sockets. */
export interface SocketChannel {
  readonly channelType: string;
  readonly socket: SocketInbound;
}

/** Keeps a connection per account that may receive, and follows every change of accounts. */
export interface SocketHost {
  readonly worker: Worker;
  /** One probe per channel; its failure names the disconnected accounts. */
  readonly probes: readonly Probe[];
  statuses(channelType: string): readonly SocketStatus[];
  /** Closes every connection, finishes their events, and opens no more. */
  stop(): Promise<void>;
}

export interface SocketHostOptions {
  readonly channels: readonly SocketChannel[];
  readonly accounts: Pick<AccountDirectory, "list" | "onChange">;
  readonly vaultOf: (account: Account) => CredentialVault;
  readonly accept: AcceptSocketEvent;
  readonly events: SocketEvents;
  /** There are no webhooks, so it is a failure if no account uses a socket. */
  readonly isOnlyWayIn: boolean;
  /** How long an open socket may be without events before it is reported. */
  readonly silentAfterMs: number;
  readonly clock: Clock & Timers;
  readonly logger: Logger;
}

/** Changes come in bursts; they are applied together. */
const gatherMs = 200;
/** Fallback for a change without a notification. */
const lookAgainMs = 30_000;
/** Retry delay after the accounts could not be read. */
const retryMs = 1_000;

interface Slot {
  readonly accountId: string;
  readonly channelType: string;
  /** The data that a connection depends on: if it changes, the account reconnects. */
  readonly fingerprint: string;
  readonly connection: AccountSocket;
  /** Resolves when the connection has ended, once it was asked to stop. */
  leaving?: Promise<void>;
}

export function createSocketHost(options: SocketHostOptions): SocketHost {
  const { channels, accounts, clock, logger } = options;
  const slots = new Map<string, Slot>();
  let isStopped = false;
  let changed = Promise.withResolvers<void>();
  /** Accounts whose credentials were set after they connected. */
  const outdated = new Set<string>();
  accounts.onChange(({ credentialsOf }) => {
    if (credentialsOf !== undefined && slots.has(credentialsOf)) outdated.add(credentialsOf);
    changed.resolve();
  });

  const slotsOf = (channelType: string): readonly Slot[] =>
    [...slots.values()].filter((slot) => slot.channelType === channelType);

  const enter = (account: Account, channel: SocketChannel): void => {
    const connection = connect(account, channel, options);
    const { channelType } = channel;
    const accountId = account.id;
    slots.set(accountId, { accountId, channelType, fingerprint: fingerprintOf(account), connection });
  };

  const leave = (slot: Slot): Promise<void> => {
    slot.leaving ??= slot.connection.stop().then(() => {
      slots.delete(slot.accountId);
      outdated.delete(slot.accountId);
      changed.resolve();
    });
    return slot.leaving;
  };

  /** Stops an outdated connection without waiting; its end triggers another round. */
  const review = (slot: Slot, account: Account | undefined): void => {
    const isOutdated = outdated.delete(slot.accountId) || account === undefined;
    if (isOutdated || fingerprintOf(account) !== slot.fingerprint) void leave(slot);
    else slot.connection.lookAgain();
  };

  const follow = async (channel: SocketChannel): Promise<void> => {
    const routable = await accounts.list(channel.channelType);
    if (isStopped) return;
    const wanted = new Map(routable.map((account) => [account.id, account]));
    for (const slot of slotsOf(channel.channelType)) review(slot, wanted.get(slot.accountId));
    for (const account of routable) if (!slots.has(account.id)) enter(account, channel);
  };

  /** Returns how long to wait for the next change. */
  const followAll = async (): Promise<number> => {
    const outcomes = await Promise.allSettled(channels.map(follow));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed === undefined) return lookAgainMs;
    logger.warn({ err: toMioError(failed.reason) }, "socket.accounts_unknown");
    return retryMs;
  };

  const stop = async (): Promise<void> => {
    isStopped = true;
    await Promise.all([...slots.values()].map(leave));
  };

  const statuses = (channelType: string): readonly SocketStatus[] =>
    slotsOf(channelType)
      .filter(({ leaving }) => leaving === undefined)
      .map(({ connection }) => connection.status());

  return {
    statuses,
    stop,
    worker: {
      name: "sockets",
      async run(signal) {
        while (!signal.aborted) {
          changed = Promise.withResolvers();
          const ms = isStopped ? lookAgainMs : await followAll();
          await pauseUntil(changed.promise, { ms, clock, signal });
          await pause(gatherMs, { clock, signal });
        }
        await stop();
      },
    },
    probes: channels.map(({ channelType }) => probeFor(channelType, () => statuses(channelType), options)),
  };
}

function probeFor(
  channelType: string,
  statuses: () => readonly SocketStatus[],
  { isOnlyWayIn, silentAfterMs, clock }: SocketHostOptions,
): Probe {
  return {
    name: `socket ${channelType}`,
    advisory: true,
    detail: () => describeQuiet(statuses(), { now: clock.now(), silentAfterMs }),
    async check() {
      const reason = complaintAbout(statuses(), { isOnlyWayIn });
      if (reason !== undefined) throw new Error(reason);
    },
  };
}

function connect(
  account: Account,
  { channelType, socket }: SocketChannel,
  { vaultOf, accept, events, silentAfterMs, clock, logger }: SocketHostOptions,
): AccountSocket {
  const { id: accountId, externalId, attributes } = account;
  const origin = { channelType, accountId };
  return startAccountSocket({
    channelType,
    socket,
    access: { accountId, externalId, attributes, vault: vaultOf(account) },
    accept: (event) => accept(origin, event),
    events: events.forAccount(origin),
    silentAfterMs,
    clock,
    logger,
  });
}

function fingerprintOf({ externalId, attributes }: Account): string {
  return JSON.stringify([externalId, Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

async function pauseUntil(
  event: Promise<void>,
  { ms, clock, signal }: { readonly ms: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const timer = new AbortController();
  const sleep = clock.sleep(ms, AbortSignal.any([signal, timer.signal])).catch(() => undefined);
  await Promise.race([event, sleep]);
  timer.abort();
}
