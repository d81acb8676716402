import { create } from "@bufbuild/protobuf";
import { encodeCommand, newId, outboundDedupId, outboundSubject } from "@mio/envelope";
import { SendCommandSchema } from "@mio/proto";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { openServers, type ServerOptions, type Servers } from "../fleet/servers.ts";
import { createStarter } from "../fleet/services.ts";
import { watchMemory } from "../watch-memory.ts";
import { textOf } from "./account-for-posts.ts";

/** Servers, the simulated platform and sender pools; commands are published into it. */
export interface OutboundWorld extends AsyncDisposable {
  readonly servers: Servers;
  readonly cliq: CliqSimulator;
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

/** Channels that exist; conversations share them. */
export const channelNames: readonly string[] = Array.from({ length: 20 }, (_, index) => `room-${index}`);

/** A flood queues for a disk that syncs every message. */
const publishTimeoutMs = 60_000;

export interface OutboundWorldOptions extends ServerOptions {
  readonly senders: number;
}

export async function openOutboundWorld(options: OutboundWorldOptions): Promise<OutboundWorld> {
  await using opening = new AsyncDisposableStack();
  const servers = opening.use(await openServers(options));
  const cliq = opening.use(await startCliqSimulator({ channels: channelNames, maxMessages: 200_000 }));
  const start = await createStarter(servers, cliq);
  const pools = await Promise.all(Array.from({ length: options.senders }, () => start("sender-pool")));
  const memory = pools.map(({ process }) => {
    opening.use(process);
    return opening.use(watchMemory(process.pid));
  });
  const stored = new Map<string, number>();
  const sequences = new Map<string, number>();
  const opened = opening.move();
  return {
    servers,
    cliq,
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
      const channel = channelNames[index % channelNames.length] ?? "";
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
