import { toMioError } from "@mio/failure";
import { systemClock } from "@mio/pacing";
import { z } from "zod";
import { type BaseConfig, type BaseShape, baseConfig } from "../config/base-config.ts";
import { loadConfig } from "../config/load-config.ts";
import { summarizeConfig } from "../config/summarize-config.ts";
import { findUnknownSettings } from "../config/unknown-settings.ts";
import { createLogger, type Logger, loadPretty } from "../telemetry/logger.ts";
import { startTracing } from "../telemetry/start-tracing.ts";
import { readTracingSettings } from "../telemetry/tracing-settings.ts";
import type { App, AppContext } from "./app.ts";
import { openPatiently } from "./open-patiently.ts";
import { serveOps } from "./ops-server.ts";
import { sizeHeap } from "./size-heap.ts";
import { createStanding } from "./standing.ts";
import { startApp } from "./start-app.ts";
import { watchForStop } from "./watch-for-stop.ts";

/** A service that {@link main} can run as a process. */
export interface ServiceDefinition<Schema extends z.ZodObject<BaseShape>> {
  readonly name: string;
  /** Keyed by names of environment variables; spreads `baseConfig`. */
  readonly schema: Schema;
  createApp(config: z.output<Schema>, context: AppContext): Promise<App>;
}

/**
 * Runs a service as this process until SIGTERM or SIGINT, then drains it. A second signal ends the process at once.
 * `process.exitCode` becomes 0 after a clean drain, 1 after a failure, and 2 for an invalid configuration, with every
 * problem on stderr. Never rejects.
 *
 * While Postgres or NATS is down at startup, it retries for a minute.
 */
export async function main<Schema extends z.ZodObject<BaseShape>>(
  service: ServiceDefinition<Schema>,
  process: NodeJS.Process,
): Promise<void> {
  sizeHeap();
  const config = configOrComplaint(service, process);
  if (config === undefined) return;
  // Stays 1 until the drain has succeeded: a process whose event loop empties early must not look successful.
  process.exitCode = 1;
  process.exitCode = await run(service, config, process);
}

function configOrComplaint<Schema extends z.ZodObject<BaseShape>>(
  { name, schema }: ServiceDefinition<Schema>,
  process: NodeJS.Process,
): z.output<Schema> | undefined {
  try {
    return loadConfig(schema, process.env);
  } catch (error) {
    const problems = toMioError(error).message.split("\n");
    process.stderr.write(
      `${name} cannot start, its configuration is wrong:\n${problems.map((line) => `  ${line}\n`).join("")}`,
    );
    process.exitCode = 2;
    return undefined;
  }
}

async function run<Schema extends z.ZodObject<BaseShape>>(
  service: ServiceDefinition<Schema>,
  config: z.output<Schema>,
  process: NodeJS.Process,
): Promise<0 | 1> {
  // Parsed again for its type: the compiler does not see the base settings in a generic schema's output.
  const base = z.object(baseConfig).parse(config);
  const pretty = process.stdout.isTTY && (await loadPretty());
  const logger = createLogger({ service: service.name, level: base.MIO_LOG_LEVEL, pretty });
  const graceMs = base.MIO_GRACEFUL_SHUTDOWN_SECS * 1000;
  using stop = watchForStop({ process, logger, graceMs });
  try {
    await using _tracing = await startTracing({
      service: service.name,
      ...readTracingSettings(process.env),
    });
    logger.info({ settings: summarizeConfig(service.schema, config) }, "process.starting");
    const { misspelt, others } = findUnknownSettings([service.schema], process.env);
    if (misspelt.length > 0) logger.warn({ warnings: misspelt }, "config.unknown");
    if (others.length > 0) logger.info({ settings: others }, "config.of_others");
    const unfinished = await serve(service, config, { base, logger, stop: stop.requested, graceMs });
    return unfinished.length > 0 || stop.crashed() ? 1 : 0;
  } catch (error) {
    logger.fatal({ err: error }, "process.failed");
    return 1;
  }
}

interface Serving {
  readonly base: BaseConfig;
  readonly logger: Logger;
  readonly stop: Promise<void>;
  readonly graceMs: number;
}

/** How long an orchestrator usually takes to start Postgres and NATS in parallel. */
const patienceMs = 60_000;

/**
 * Serves health and metrics from before the app is open until its drain has ended, so that a slow start or stop is
 * visible. Resolves with the unfinished steps of the drain.
 */
async function serve<Schema extends z.ZodObject<BaseShape>>(
  service: ServiceDefinition<Schema>,
  config: z.output<Schema>,
  { base, logger, stop, graceMs }: Serving,
): Promise<readonly string[]> {
  const standing = createStanding(service.name);
  const { metrics } = standing;
  await using ops = await serveOps({
    port: base.MIO_OPS_PORT,
    host: base.MIO_OPS_HOST,
    running: standing,
    metrics,
  });
  const open = async () => {
    const context = { logger, metrics: standing.attempt() };
    const app = await service.createApp(config, context);
    return { app, context, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
  };
  const waiting = { clock: systemClock, logger, stop, patienceMs, onFailure: standing.waitsFor };
  const opened = await openPatiently(open, waiting);
  const running = opened && (await startApp(opened.app, opened.context, { graceMs }));
  if (running !== undefined) {
    standing.started(running);
    logger.info({ ops_port: ops.port }, "process.started");
    await stop;
  }
  const { unfinished } = (await running?.stop()) ?? { unfinished: [] };
  logger.info({ unfinished }, "process.stopped");
  return unfinished;
}
