import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bus } from "@mio/bus";
import { findFreePort, findFreePorts, type NodeProcess, startProcess } from "@mio/embedded";
import type { Store } from "@mio/store";
import { mainOf } from "../build-output.ts";
import { openServers, type Servers } from "../fleet/servers.ts";

/** The upper bounds for the gateway; `ceiling/main.ts` describes each. */
export const ceilings = ["publish", "verify", "naive"] as const;
export type Ceiling = (typeof ceilings)[number];
export type Target = "gateway" | Ceiling;

/** Servers, the shipped gateway, and on demand its upper bounds; each in a separate process. */
export interface World extends AsyncDisposable {
  readonly gateway: NodeProcess;
  /** Process ids; Postgres' backends are children of its process. */
  readonly pids: Servers["pids"];
  readonly store: Store;
  readonly bus: Bus;
  /** The account of the gateway's events. */
  readonly accountId: string;
  /** The webhook address of a target; the first call starts an upper bound. */
  url(target: Target): Promise<string>;
}

export interface WorldOptions {
  readonly natsBinary: string;
  /** The environment in which to look for Postgres. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether nats-server syncs every message to the disk before it confirms it. */
  readonly syncAlways: boolean;
}

export const webhookSecret = "bench-webhook-secret";

/**
 * The heap limit for a container of 256 MiB. Without a limit V8 grows instead of collecting garbage, and with
 * a much lower limit it collects all the time.
 */
const heapBudget = "--max-old-space-size=256";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** Opens a world in a temporary folder. Postgres syncs every commit, independently of NATS. */
export async function openWorld({ natsBinary, env, syncAlways }: WorldOptions): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const servers = opening.use(await openServers({ natsBinary, env, syncAlways }));
  const { dir, dsn, natsUrl, store, bus, tenantId, addAccount } = servers;
  const place = { dir, dsn, natsUrl };
  const accountId = await addAccount("999999999");
  const gateway = await startGateway(place);
  opening.use(gateway.process);
  // The first start creates the streams; the cold start that is reported finds everything in place.
  await gateway.process.stop();
  await gateway.process.start();

  const urls = new Map<Target, string>([["gateway", gateway.url]]);
  const opened = opening.move();
  return {
    gateway: gateway.process,
    pids: servers.pids,
    store,
    bus,
    accountId,
    async url(target) {
      const known = urls.get(target);
      if (known !== undefined || target === "gateway") return known ?? gateway.url;
      // A separate account, so that the stream distinguishes its events from the gateway's.
      const started = await startCeiling(target, { ...place, tenantId, accountId: await addAccount(target) });
      opened.use(started.process);
      urls.set(target, started.url);
      return started.url;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface Served {
  readonly process: NodeProcess;
  readonly url: string;
}

interface Place {
  readonly dir: string;
  readonly dsn: string;
  readonly natsUrl: string;
}

async function startGateway({ dsn, natsUrl, dir }: Place): Promise<Served> {
  const [port = 0, opsPort = 0] = await findFreePorts(2);
  await writeFile(join(dir, "cliq-webhook-secret"), webhookSecret);
  const process = await startProcess({
    module: mainOf("gateway"),
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    logFile: join(dir, "gateway.log"),
    env: {
      NODE_OPTIONS: heapBudget,
      MIO_ENV: "staging",
      MIO_HOST: "127.0.0.1",
      MIO_PORT: String(port),
      MIO_OPS_HOST: "127.0.0.1",
      MIO_OPS_PORT: String(opsPort),
      MIO_NATS_URLS: natsUrl,
      MIO_POSTGRES_DSN: dsn,
      MIO_SECRETS_DIR: dir,
    },
  });
  return { process, url: toWebhookUrl(port) };
}

interface CeilingPlace extends Place {
  readonly tenantId: string;
  readonly accountId: string;
}

async function startCeiling(ceiling: Ceiling, { dir, ...place }: CeilingPlace): Promise<Served> {
  const port = await findFreePort();
  const process = await startProcess({
    module: join(repository, "bench/dist/inbound/ceiling/main.js"),
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    logFile: join(dir, `${ceiling}.log`),
    env: { BENCH_CEILING: JSON.stringify({ ...place, ceiling, port, secret: webhookSecret }) },
  });
  return { process, url: toWebhookUrl(port) };
}

function toWebhookUrl(port: number): string {
  return `http://127.0.0.1:${port}/webhooks/zoho-cliq`;
}
