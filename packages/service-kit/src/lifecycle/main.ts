import { toMioError } from "@mio/failure";
import { z } from "zod";
import { type BaseConfig, type BaseShape, baseConfig } from "../config/base-config.ts";
import { loadConfig } from "../config/load-config.ts";
import { summarizeConfig } from "../config/summarize-config.ts";
import { findUnknownSettings } from "../config/unknown-settings.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { startTracing } from "../telemetry/start-tracing.ts";
import { readTracingSettings } from "../telemetry/tracing-settings.ts";
import type { App, AppContext } from "./app.ts";
import type { Stopped } from "./drain.ts";
import { serveOps } from "./ops-server.ts";
import { type RunningApp, startApp } from "./start-app.ts";
import { watchForStop } from "./watch-for-stop.ts";

/** A service that {@link main} can run as a process. */
export interface ServiceDefinition<Schema extends z.ZodObject<BaseShape>> {
  readonly name: string;
  /** Keyed by the names of environment variables; spreads `baseConfig`. */
  readonly schema: Schema;
  createApp(config: z.output<Schema>, context: AppContext): Promise<App>;
}

/**
 * Runs a service as this process until SIGTERM or SIGINT, then drains it. A second signal ends it at
 * once. `process.exitCode` becomes 0 after a clean drain, 1 after a failure and 2 when the
 * configuration is wrong, with every problem on standard error. Never rejects.
 */
export async function main<Schema extends z.ZodObject<BaseShape>>(
  service: ServiceDefinition<Schema>,
  process: NodeJS.Process,
): Promise<void> {
  const config = configOrComplaint(service, process);
  if (config === undefined) return;
  // Until the drain has gone well: a process that runs empty before must not look like a success.
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
  const logger = createLogger({ service: service.name, level: base.MIO_LOG_LEVEL });
  const graceMs = base.MIO_GRACEFUL_SHUTDOWN_SECS * 1000;
  using stop = watchForStop({ process, logger, graceMs });
  try {
    await using _tracing = startTracing({ service: service.name, ...readTracingSettings(process.env) });
    logger.info({ settings: summarizeConfig(service.schema, config) }, "process.starting");
    const warnings = findUnknownSettings([service.schema], process.env);
    if (warnings.length > 0) logger.warn({ warnings }, "config.unknown");
    const context = { logger, metrics: createMetrics() };
    const running = await startApp(await service.createApp(config, context), context, { graceMs });
    const { unfinished } = await serveUntil(stop.requested, { running, base, context });
    return unfinished.length > 0 || stop.crashed() ? 1 : 0;
  } catch (error) {
    logger.fatal({ err: error }, "process.failed");
    return 1;
  }
}

interface Serving {
  readonly running: RunningApp;
  readonly base: BaseConfig;
  readonly context: AppContext;
}

/** Health and metrics are served until the drain is over, so that readiness can be seen to go off. */
async function serveUntil(stop: Promise<void>, { running, base, context }: Serving): Promise<Stopped> {
  const { logger, metrics } = context;
  try {
    await using ops = await serveOps({ port: base.MIO_OPS_PORT, host: base.MIO_OPS_HOST, running, metrics });
    logger.info({ ops_port: ops.port }, "process.started");
    await stop;
    return await running.stop();
  } finally {
    const { unfinished } = await running.stop();
    logger.info({ unfinished }, "process.stopped");
  }
}
