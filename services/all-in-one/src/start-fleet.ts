import type { MioError } from "@mio/failure";
import { createApp as createGateway, gatewayConfig } from "@mio/gateway";
import { createApp as createMediaVault, mediaVaultConfig } from "@mio/media-vault";
import { systemClock } from "@mio/pacing";
import { createApp as createSenderPool, senderPoolConfig } from "@mio/sender-pool";
import {
  type App,
  type AppContext,
  createMetrics,
  type Env,
  findUnknownSettings,
  type Logger,
  loadConfig,
  type Metrics,
  type Readiness,
  type RunningApp,
  readTracingSettings,
  serveOps,
  startApp,
  startTracing,
} from "@mio/service-kit";
import type { SlackSimulator } from "@mio/simulator-slack";
import type { CliqSimulator } from "@mio/simulator-zoho-cliq";
import type { z } from "zod";
import { ageKeySettings } from "./age-key.ts";
import { createDiskSpace } from "./disk-space.ts";
import { createEchoApp } from "./echo-app.ts";
import { type KeepOptions, keepServer } from "./keep-server.ts";
import { createNatsKeeper } from "./nats-keeper.ts";
import { seedDev } from "./seed-dev.ts";
import { type SimulatedPlatforms, startSimulatedPlatforms } from "./simulated-platforms.ts";
import { type Servers, type Storage, startServers } from "./start-servers.ts";
import { serveWorkbench } from "./workbench.ts";

export interface FleetOptions {
  readonly storage: Storage;
  readonly natsBinary: string;
  /** The user's environment: external servers, and settings of any service. */
  readonly env: Env;
  /** Ports to listen on; 0 selects a free one. */
  readonly ports: FleetPorts;
  /** The logger of one service, or of the fleet itself (`mio`). */
  readonly loggerOf: (service: string) => Logger;
  /** Whether the example agent answers; false leaves the messages to another agent. Default true. */
  readonly echo?: boolean;
  /** How long echo shows "thinking…", in milliseconds. Default 400. */
  readonly thinkMs?: number;
  readonly onProgress?: (line: string) => void;
}

export interface FleetPorts {
  readonly gateway: number;
  readonly workbench: number;
  readonly cliq: number;
  readonly slack: number;
  readonly ops: number;
  readonly nats: number;
}

/** A running fleet. Disposing drains it: the gateway first, the other services next, the servers last. */
export interface Fleet extends AsyncDisposable {
  readonly urls: FleetUrls;
  readonly cliq: CliqSimulator;
  readonly slack: SlackSimulator;
  readonly servers: Servers;
  readonly metrics: Metrics;
  ready(): Promise<Readiness>;
  /** Resolves with the reason why the fleet cannot continue: one of its servers ended and cannot be restarted. */
  readonly failed: Promise<MioError>;
}

export interface FleetUrls {
  readonly workbench: string;
  readonly gateway: string;
  readonly cliq: string;
  readonly slack: string;
  readonly nats: string;
  readonly ops: string;
}

/** Warns about settings of the environment that a fleet with its own platforms and servers ignores. */
function warnIgnored(env: Env, own: Env, logger: Logger): void {
  const settings = Object.keys(own).filter((name) => env[name] !== undefined && env[name] !== own[name]);
  if (settings.length === 0) return;
  logger.warn(
    { event: "config.ignored", settings },
    `${settings.join(", ")}: set in the environment but ignored, because this fleet has its own platforms and servers`,
  );
}

/** The settings of every service: the user's, except where the fleet has its own platforms and servers. */
async function settingsOf(
  { env, storage, ports, loggerOf }: FleetOptions,
  { servers, platforms }: { readonly servers: Servers; readonly platforms: SimulatedPlatforms },
): Promise<Env> {
  const own: Env = { ...platforms.env, ...servers.env };
  warnIgnored(env, own, loggerOf("mio"));
  return {
    MIO_ENV: "dev",
    MIO_HOST: "127.0.0.1",
    MIO_OPS_HOST: "127.0.0.1",
    ...(await ageKeySettings(env, { home: servers.home, storage })),
    ...env,
    ...own,
    MIO_PORT: String(ports.gateway),
  };
}

/** Starts every service in this process: servers, simulators, gateway, media-vault, sender-pool, echo. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { loggerOf, ports, onProgress = () => {} } = options;
  const metrics = createMetrics();
  const schemas = [gatewayConfig, mediaVaultConfig, senderPoolConfig];
  const { misspelt, others } = findUnknownSettings(schemas, options.env);
  const warnings = [...misspelt, ...others];
  if (warnings.length > 0) loggerOf("mio").warn({ warnings }, "config.unknown");
  await using opening = new AsyncDisposableStack();
  opening.use(await startTracing({ service: "mio", ...readTracingSettings(options.env) }));
  const servers = opening.use(await startServers({ ...options, natsPort: ports.nats, onProgress }));
  const disk = createDiskSpace(servers.home);
  const platforms = opening.use(await startSimulatedPlatforms(servers.home, ports));
  const env = await settingsOf(options, { servers, platforms });
  const start = createStarter({ ...options, onProgress, metrics }, opening);
  const config = <Schema extends z.ZodObject>(schema: Schema): z.output<Schema> => loadConfig(schema, env);
  const gatewaySettings = config(gatewayConfig);
  await seedDev(gatewaySettings.MIO_POSTGRES_DSN.reveal(), platforms.accounts);
  const sender = await start("sender-pool", (context) => createSenderPool(config(senderPoolConfig), context));
  const vault = await start("media-vault", (context) => createMediaVault(config(mediaVaultConfig), context));
  const nats = gatewaySettings.MIO_NATS_URLS.join(",");
  const thinkMs = options.thinkMs ?? 400;
  const echo =
    (options.echo ?? true)
      ? [await start("echo", (context) => createEchoApp({ servers: nats, thinkMs }, context))]
      : [];
  // Started last and stopped first: no new work arrives while the others finish.
  const gateway = await start("gateway", (context) => createGateway(gatewaySettings, context));

  const { natsOnDisk } = servers;
  if (natsOnDisk !== undefined) {
    const settings = { servers: nats, storage: gatewaySettings.MIO_NATS_STORAGE, nats: natsOnDisk, disk };
    await start("nats-keeper", (context) => createNatsKeeper(settings, context));
  }

  const running = oneOf([gateway, vault, sender, ...echo].map((service) => service.running));
  const gatewayUrl = `http://127.0.0.1:${gateway.app.port()}`;
  platforms.connect(gatewayUrl);
  const { cliq, slack } = platforms;
  const places = { gateway: gatewayUrl, cliq: cliq.url, slack: slack.url, nats };
  const urls = await serveFaces({ places, ports, running, metrics }, opening);
  const keeping = new AbortController();
  opening.defer(() => keeping.abort());
  const failed = keepServers(servers, {
    clock: systemClock,
    logger: loggerOf("mio"),
    signal: keeping.signal,
    disk,
  });
  const opened = opening.move();
  return {
    urls,
    cliq,
    slack,
    servers,
    metrics,
    ready: running.ready,
    failed,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface Faces {
  readonly places: Omit<FleetUrls, "ops" | "workbench">;
  readonly ports: FleetPorts;
  readonly running: RunningApp;
  readonly metrics: Metrics;
}

/** Health, metrics and the workbench. */
async function serveFaces(
  { places, ports, running, metrics }: Faces,
  opening: AsyncDisposableStack,
): Promise<FleetUrls> {
  const ops = opening.use(await serveOps({ port: ports.ops, host: "127.0.0.1", running, metrics }));
  const links = { ...places, ops: `http://127.0.0.1:${ops.port}` };
  const workbench = opening.use(await serveWorkbench({ port: ports.workbench, links, ready: running.ready }));
  return { ...links, workbench: workbench.url };
}

/** Starts services one after the other; `opening` stops them. */
function createStarter(
  {
    loggerOf,
    onProgress,
    metrics,
  }: Pick<Required<FleetOptions>, "loggerOf" | "onProgress"> & { metrics: Metrics },
  opening: AsyncDisposableStack,
) {
  return async <App_ extends App>(name: string, create: (context: AppContext) => Promise<App_> | App_) => {
    onProgress(`starting ${name}`);
    const context: AppContext = { logger: loggerOf(name), metrics };
    const app = await create(context);
    const running = await startApp(app, context);
    opening.defer(async () => void (await running.stop()));
    return { app, running };
  };
}

/** Resolves with the first reason why a server cannot be kept. Pending while all run, and after the fleet stops. */
function keepServers({ kept }: Servers, options: KeepOptions): Promise<MioError> {
  return new Promise((resolve) => {
    for (const server of kept) {
      void keepServer(server, options).then((error) => error !== undefined && resolve(error));
    }
  });
}

/** Combines several services into the one that the process shows. */
function oneOf(services: readonly RunningApp[]): RunningApp {
  const merge = async (ask: (service: RunningApp) => Promise<Readiness>): Promise<Readiness> => {
    const states = await Promise.all(
      services.map(async (service) => ({ name: service.name, ...(await ask(service)) })),
    );
    return {
      ok: states.every(({ ok }) => ok),
      checks: states.flatMap(({ name, checks }) => checks.map((check) => ({ service: name, ...check }))),
    };
  };
  return {
    name: "all-in-one",
    ready: () => merge((service) => service.ready()),
    accepting: () => merge((service) => service.accepting()),
    stop: async () => {
      const ends = await Promise.all(services.map((service) => service.stop()));
      return { unfinished: ends.flatMap(({ unfinished }) => unfinished) };
    },
  };
}
