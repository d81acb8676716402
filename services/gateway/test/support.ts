import { createHmac } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Channel } from "@mio/channel-kit";
import { decodeMessage, newId } from "@mio/envelope";
import type { Message } from "@mio/proto";
import {
  createLogger,
  createMetrics,
  type Logger,
  loadConfig,
  type Metrics,
  type RunningApp,
  startApp,
} from "@mio/service-kit";
import { ensureAccount, ensureTenant, migrate, openStore, type Store } from "@mio/store";
import { type NatsServer, type TestDatabase, testDatabase, testNats } from "@mio/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { createApp, gatewayConfig } from "../src/index.ts";

const secret = "dev-webhook-secret";

/** One gateway process, as a value. */
export interface StartedGateway {
  readonly url: string;
  readonly running: RunningApp;
  readonly metrics: Metrics;
}

export interface GatewayFixture extends StartedGateway, AsyncDisposable {
  readonly nats: NatsServer;
  readonly database: TestDatabase;
  readonly store: Store;
  readonly tenantId: string;
  readonly accountId: string;
  readonly secretsDir: string;
  /** Adds an account of the fixture's tenant; returns its id. */
  addAccount(account: NewAccount): Promise<string>;
  /** Starts another gateway on the same servers. */
  startAnother(env?: Record<string, string>): Promise<StartedGateway>;
  /** Posts a signed body; returns the answer. */
  post(body: unknown, options?: PostOptions): Promise<Answer>;
  /** All messages on the inbound stream. */
  stream(): Promise<readonly Message[]>;
}

export interface PostOptions {
  /** The URL of another gateway than the fixture's. */
  readonly url?: string;
  readonly path?: string;
  readonly signature?: string;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

export interface FixtureOptions {
  readonly nats?: NatsServer;
  readonly env?: Record<string, string>;
  readonly externalId?: string;
  readonly withSecret?: boolean;
  /** Further secret files, by path below the folder of secrets. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly channels?: readonly Channel[];
  /** The gateway's own path to Postgres. */
  readonly throughPostgres?: (dsn: string) => string;
  readonly logger?: Logger;
  /** Further accounts, created before the gateway starts. */
  readonly accounts?: readonly NewAccount[];
}

export interface NewAccount {
  readonly id?: string;
  readonly channelType: string;
  readonly externalId: string;
}

/** A gateway in this process on a real NATS and Postgres, with one Cliq account. */
export async function gatewayFixture(options: FixtureOptions = {}): Promise<GatewayFixture> {
  await using opening = new AsyncDisposableStack();
  const nats = opening.use(options.nats ?? (await testNats()));
  const prepare = async (dsn: string): Promise<void> => void (await migrate({ dsn }));
  const database = opening.use(await testDatabase({ template: { name: "store", prepare } }));
  const store = opening.use(
    await openStore({ dsn: database.dsn, maxConnections: 3, applicationName: "test" }),
  );
  const tenantId = newId();
  const accountId = newId();
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  const addAccount: GatewayFixture["addAccount"] = async (account) => {
    const { id = newId(), channelType, externalId } = account;
    await ensureAccount(store.pool, { id, tenantId, channelType, externalId, displayName: "Test" });
    return id;
  };
  const account = { id: accountId, tenantId, channelType: "zoho_cliq", displayName: "Test" };
  await ensureAccount(store.pool, { ...account, externalId: options.externalId ?? "999999999" });
  for (const more of options.accounts ?? []) await addAccount(more);
  const secretsDir = await mkdtemp(join(tmpdir(), "mio-secrets-"));
  opening.defer(() => rm(secretsDir, { recursive: true, force: true }));
  if (options.withSecret ?? true) await writeFile(join(secretsDir, "cliq-webhook-secret"), `${secret}\n`);
  for (const [name, content] of Object.entries(options.secrets ?? {})) {
    await mkdir(join(secretsDir, dirname(name)), { recursive: true });
    await writeFile(join(secretsDir, name), content);
  }

  const env = {
    MIO_HOST: "127.0.0.1",
    MIO_PORT: "0",
    MIO_NATS_URLS: nats.url,
    MIO_POSTGRES_DSN: options.throughPostgres?.(database.dsn) ?? database.dsn,
    MIO_SECRETS_DIR: secretsDir,
    ...options.env,
  };
  const gateway = await startGateway(env, options);
  opening.defer(async () => void (await gateway.running.stop()));
  const opened = opening.move();
  return {
    ...gateway,
    nats,
    database,
    store,
    tenantId,
    accountId,
    secretsDir,
    addAccount,
    startAnother: async (more) => {
      const another = await startGateway({ ...env, ...more }, options);
      opened.defer(async () => void (await another.running.stop()));
      return another;
    },
    post: (body, postOptions) => post(postOptions?.url ?? gateway.url, body, postOptions),
    stream: () => readStream(nats.url),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function startGateway(
  env: Record<string, string>,
  { channels, logger }: FixtureOptions,
): Promise<StartedGateway> {
  const metrics = createMetrics({ processMetrics: false });
  const context = { logger: logger ?? createLogger({ service: "gateway", level: "silent" }), metrics };
  const app = await createApp(loadConfig(gatewayConfig, env), context, channels && { channels });
  const running = await startApp(app, context);
  return { running, metrics, url: `http://127.0.0.1:${app.port()}` };
}

export function sign(body: string | Buffer): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

async function post(url: string, body: unknown, options: PostOptions = {}): Promise<Answer> {
  const bytes = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${url}${options.path ?? "/webhooks/zoho-cliq"}`, {
    method: "POST",
    body: bytes,
    headers: {
      "content-type": "application/json",
      "x-webhook-signature": options.signature ?? sign(bytes),
      ...options.headers,
    },
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith("{") ? JSON.parse(text) : text,
    headers: response.headers,
  };
}

async function readStream(url: string): Promise<readonly Message[]> {
  const nc = await connect({ servers: url });
  try {
    const jsm = await jetstreamManager(nc);
    const { state } = await jsm.streams.info("MESSAGES_INBOUND");
    const messages: Message[] = [];
    if (state.messages === 0) return messages;
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const stored = await jsm.streams.getMessage("MESSAGES_INBOUND", { seq });
      if (stored !== null) messages.push(decodeMessage(stored.data));
    }
    return messages;
  } finally {
    await nc.close();
  }
}

let counter = 0;
/** A Cliq channel message as a participation handler posts it; each call returns a new message. */
export function cliqText(text = "halo", overrides: Record<string, unknown> = {}) {
  counter += 1;
  return {
    operation: "message_sent",
    data: {
      time: 1_777_804_687_057 + counter,
      message: {
        id: `${1_777_804_687_057 + counter}%20${counter}`,
        type: "text",
        text,
        content: { text },
        mentions: [],
      },
    },
    user: { id: "137000000001", organization_id: "999999999", first_name: "Ana", last_name: "Example" },
    chat: {
      id: "CT_1",
      title: "#general",
      type: "channel",
      chat_type: "channel",
      channel_unique_name: "general",
      channel_id: "P1",
      owner: "1",
    },
    ...overrides,
  };
}
