import { type Bus, ensureStreams, openBus, streams } from "@mio/bus";
import type { Channel } from "@mio/channel-kit";
import { decodeReceipt, encodeCommand, newId, outboundSubject } from "@mio/envelope";
import { createBackoff } from "@mio/pacing";
import type { DeliveryReceipt, SendCommand } from "@mio/proto";
import { createLogger, createMetrics, loadConfig, type RunningApp, startApp } from "@mio/service-kit";
import { ensureAccount, ensureTenant, migrate, openStore, type Store } from "@mio/store";
import {
  aCommand,
  type CommandFields,
  captureLogs,
  eventually,
  type NatsServer,
  testDatabase,
  testNats,
} from "@mio/testkit";
import { createApp, senderPoolConfig } from "../src/index.ts";

export interface StoredEntry {
  readonly subject: string;
  readonly header: (name: string) => string;
  readonly data: Uint8Array;
}

/** A database, a server and one account; pools are started on them. */
export interface PoolFixture extends AsyncDisposable {
  /** Of the database. */
  readonly dsn: string;
  readonly store: Store;
  readonly bus: Bus;
  readonly tenantId: string;
  readonly accountId: string;
  /** A further account of the tenant. */
  anAccount(): Promise<string>;
  /** A command of the fixture's account, not yet published. */
  command(fields?: CommandFields): SendCommand;
  publish(command: SendCommand, dedupId?: string): Promise<void>;
  publishBytes(subject: string, payload: Uint8Array): Promise<void>;
  /** The receipts of one command, in order. */
  receipts(commandId: string): Promise<readonly DeliveryReceipt[]>;
  /** The first receipt, once it is there. */
  receipt(commandId: string): Promise<DeliveryReceipt>;
  deadLetters(): Promise<readonly StoredEntry[]>;
  /** Commands of an account that pools hold. */
  held(accountId: string): Promise<number>;
  /** Commands that are not delivered yet. */
  left(): Promise<number>;
  startPool(options?: PoolOptions): Promise<RunningPool>;
}

export interface PoolOptions {
  readonly channels?: readonly Channel[];
  readonly env?: Readonly<Record<string, string>>;
  readonly graceMs?: number;
  readonly idleMs?: number;
  readonly lookEveryMs?: number;
}

export interface RunningPool extends AsyncDisposable {
  stop(): ReturnType<RunningApp["stop"]>;
  ready(): ReturnType<RunningApp["ready"]>;
  metrics(): Promise<string>;
  readonly logs: ReturnType<typeof captureLogs>;
}

export interface FixtureOptions {
  /** Instead of a database of the run's Postgres. */
  readonly dsn?: string;
  /** Instead of a new server in memory; the caller disposes it. */
  readonly nats?: NatsServer;
}

export async function openPoolFixture({ dsn, nats }: FixtureOptions = {}): Promise<PoolFixture> {
  await using opening = new AsyncDisposableStack();
  const server = nats ?? opening.use(await testNats());
  const place = dsn ?? opening.use(await aDatabase()).dsn;
  if (dsn !== undefined) await migrate({ dsn });
  const store = opening.use(await openStore({ dsn: place, maxConnections: 4, applicationName: "test" }));
  const bus = opening.use(await openBus({ servers: server.url, name: "mio-test" }));
  await ensureStreams(bus, { replicas: 1, storage: server.storage });
  const tenantId = newId();
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  const anAccount = async (): Promise<string> => {
    const id = newId();
    const account = { id, tenantId, channelType: "zoho_cliq", externalId: `org-${id}`, displayName: "Test" };
    await ensureAccount(store.pool, account);
    return id;
  };
  const accountId = await anAccount();
  const entries = (stream: string) => readStream(bus, stream);
  const receipts = async (commandId: string): Promise<readonly DeliveryReceipt[]> => {
    const all = await entries(streams.receipts.name);
    return all.map(({ data }) => decodeReceipt(data)).filter((receipt) => receipt.commandId === commandId);
  };
  const env = { MIO_NATS_URLS: server.url, MIO_NATS_STORAGE: server.storage, MIO_POSTGRES_DSN: place };
  const opened = opening.move();
  return {
    dsn: place,
    store,
    bus,
    tenantId,
    accountId,
    anAccount,
    command: ({ conversationId = newId(), ...fields } = {}) => {
      const conversationExternalId = externalIdOf(conversationId);
      return aCommand({ tenantId, accountId, conversationId, conversationExternalId, ...fields });
    },
    async publish(command, dedupId = `out:${command.id}`) {
      await bus.publisher.publish({
        subject: outboundSubject(command),
        dedupId,
        payload: encodeCommand(command),
      });
    },
    async publishBytes(subject, payload) {
      await bus.publisher.publish({ subject, dedupId: newId(), payload });
    },
    receipts,
    receipt: (commandId) =>
      eventually(async () => {
        const [first] = await receipts(commandId);
        if (first === undefined) throw new Error(`no receipt for ${commandId}`);
        return first;
      }),
    deadLetters: () => entries(streams.deadLetters.name),
    held: async (id) =>
      (await bus.jsm.consumers.info(streams.outbound.name, `sender-pool-${id}`)).num_ack_pending,
    left: async () => (await bus.jsm.streams.info(streams.outbound.name)).state.messages,
    startPool: (options = {}) => startPool(env, options),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** The platform's id of a conversation, in these tests. */
export function externalIdOf(conversationId: string): string {
  return `CT_${conversationId}`;
}

function aDatabase() {
  return testDatabase({ template: { name: "store", prepare: async (dsn) => void (await migrate({ dsn })) } });
}

async function startPool(
  base: Readonly<Record<string, string>>,
  { channels, env = {}, graceMs = 5_000, idleMs, lookEveryMs }: PoolOptions,
): Promise<RunningPool> {
  const logs = captureLogs();
  const logger = createLogger({ service: "sender-pool", level: "debug", destination: logs.destination });
  const metrics = createMetrics({ processMetrics: false });
  const config = loadConfig(senderPoolConfig, { ...base, ...env });
  const overrides = {
    ...(channels && { channels }),
    ...(idleMs !== undefined && { idleMs }),
    ...(lookEveryMs !== undefined && { lookEveryMs }),
    backoff: createBackoff({ baseMs: 20, maxMs: 100 }),
    lookAgainMs: 50,
  };
  const app = await createApp(config, { logger, metrics }, overrides);
  const running = await startApp(app, { logger, metrics }, { graceMs });
  return {
    stop: () => running.stop(),
    ready: () => running.ready(),
    metrics: () => metrics.text(),
    logs,
    [Symbol.asyncDispose]: async () => void (await running.stop()),
  };
}

async function readStream(bus: Bus, stream: string): Promise<readonly StoredEntry[]> {
  const { state } = await bus.jsm.streams.info(stream);
  const found: StoredEntry[] = [];
  for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) {
    const entry = await bus.jsm.streams.getMessage(stream, { seq });
    if (entry === null) continue;
    found.push({ subject: entry.subject, header: (name) => entry.header.get(name), data: entry.data });
  }
  return found;
}
