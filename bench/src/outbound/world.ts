import { create } from "@bufbuild/protobuf";
import { streams } from "@mio/bus";
import { encodeCommand, newId, outboundDedupId, outboundSubject } from "@mio/envelope";
import { SendCommandSchema } from "@mio/proto";
import { openServers, type ServerOptions, type Servers } from "../fleet/servers.ts";
import { createStarter, type Service } from "../fleet/services.ts";
import { untilDone } from "../pace.ts";
import { roomNames } from "../platform/rooms.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";
import { watchMemory } from "../watch-memory.ts";
import { textOf } from "./account-for-posts.ts";

/** Servers, the simulated platform and sender pools; commands are published into it. */
export interface OutboundWorld extends AsyncDisposable {
  readonly servers: Servers;
  readonly platform: Platform;
  /** The sender pools that run. */
  readonly pools: readonly Service[];
  /** Stops all sender pools but the first. */
  keepOnePool(): Promise<void>;
  /** An account with its own rate limit. */
  openAccount(name: string, perSecond: number): Promise<BenchAccount>;
  /** All stored commands, by text, with the time just before each publish. */
  readonly stored: ReadonlyMap<string, number>;
  /** The same texts in stream order. */
  inStreamOrder(): readonly string[];
  /** Largest resident memory of a sender pool so far, MiB. */
  rssMib(): number;
}

export interface BenchAccount {
  readonly name: string;
  setRate(perSecond: number): Promise<void>;
  /** Stores the next command of a conversation. */
  send(conversation: number): Promise<void>;
}

/** A rate limit that limits nothing. */
export const unlimited = 100_000;

/** A flood queues for a disk that syncs every message. */
const publishTimeoutMs = 60_000;

export interface OutboundWorldOptions extends ServerOptions {
  readonly senders: number;
}

export async function openOutboundWorld(options: OutboundWorldOptions): Promise<OutboundWorld> {
  await using opening = new AsyncDisposableStack();
  const servers = opening.use(await openServers({ ...options, countStatements: true }));
  const platform = opening.use(await startPlatform());
  const start = await createStarter(servers, platform.access);
  let pools = await Promise.all(Array.from({ length: options.senders }, () => start("sender-pool")));
  const memory = pools.map(({ process }) => {
    opening.use(process);
    return opening.use(watchMemory(process.pid));
  });
  const stored = new Map<string, number>();
  const sequences = new Map<string, number>();
  const opened = opening.move();
  return {
    servers,
    platform,
    get pools() {
      return pools;
    },
    async keepOnePool() {
      await Promise.all(pools.slice(1).map((pool) => pool.process.stop()));
      pools = pools.slice(0, 1);
    },
    stored,
    inStreamOrder: () => [...sequences].toSorted(([, one], [, other]) => one - other).map(([text]) => text),
    openAccount: (name, perSecond) => openAccount({ servers, stored, sequences }, name, perSecond),
    rssMib: () => Math.max(...memory.map((one) => one.peak())),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface Place {
  readonly servers: Servers;
  readonly stored: Map<string, number>;
  /** Sequences in the stream, by text. */
  readonly sequences: Map<string, number>;
}

async function openAccount(
  { servers, stored, sequences }: Place,
  name: string,
  perSecond: number,
): Promise<BenchAccount> {
  const accountId = await servers.addAccount(name);
  const conversations = new Map<number, { readonly id: string; next: number }>();
  const setRate = async (rate: number): Promise<void> => {
    const text = "UPDATE accounts SET rate_limit_per_second = $2 WHERE id = $1";
    await servers.store.pool.query(text, [accountId, rate]);
  };
  await setRate(perSecond);
  return {
    name,
    setRate,
    async send(index) {
      const conversation = conversations.get(index) ?? { id: newId(), next: 0 };
      conversations.set(index, conversation);
      const text = textOf(`${name}/${index}`, conversation.next);
      conversation.next += 1;
      const channel = roomNames[index % roomNames.length] ?? "";
      const command = create(SendCommandSchema, {
        id: newId(),
        schemaVersion: 1,
        tenantId: servers.tenantId,
        accountId,
        channelType: "zoho_cliq",
        conversationId: conversation.id,
        text,
        attributes: { cliq_channel_name: channel },
      });
      stored.set(text, Date.now());
      const { sequence } = await servers.bus.publisher.publish(
        {
          subject: outboundSubject(command),
          dedupId: outboundDedupId(command.id),
          payload: encodeCommand(command),
        },
        { timeoutMs: publishTimeoutMs },
      );
      sequences.set(text, sequence);
    },
  };
}

/** Waits until the pools have acknowledged every command, at most for `seconds`. */
export async function untilDrained(
  { servers }: OutboundWorld,
  limits: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const { jsm } = servers.bus;
  await untilDone(async () => (await jsm.streams.info(streams.outbound.name)).state.messages === 0, limits);
}
