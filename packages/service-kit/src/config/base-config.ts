import { z } from "zod";
import { type LogLevel, logLevels } from "../telemetry/logger.ts";
import { int, port, text } from "./fields.ts";

type Setting<Output> = z.ZodDefault<z.ZodType<Output>>;

/** The settings of every service, to spread into its schema: `z.object({ ...baseConfig, MIO_PORT: port() })`. */
export const baseConfig: {
  readonly MIO_ENV: z.ZodOptional<z.ZodType<"dev" | "staging" | "prod">>;
  readonly MIO_LOG_LEVEL: Setting<LogLevel>;
  readonly MIO_OPS_HOST: Setting<string>;
  readonly MIO_OPS_PORT: Setting<number>;
  readonly MIO_GRACEFUL_SHUTDOWN_SECS: Setting<number>;
} = {
  MIO_ENV: z
    .enum(["dev", "staging", "prod"])
    .optional()
    .describe(
      "Where the process runs. Development shortcuts, such as unsigned webhooks, work in `dev` only. Default `prod`.",
    ),
  MIO_LOG_LEVEL: z.enum(logLevels).default("info").describe("Lowest severity that is logged."),
  MIO_OPS_HOST: text()
    .default("0.0.0.0")
    .describe("Address of the health and metrics port. Outside a container, bind it to a private address."),
  MIO_OPS_PORT: port()
    .default(9464)
    .describe(
      "Port of `/healthz`, `/readyz` and `/metrics`; it has no authentication, so never make it public.",
    ),
  MIO_GRACEFUL_SHUTDOWN_SECS: int({ min: 0, max: 3600 })
    .default(15)
    .describe("Seconds that work in flight may take to finish after a stop signal."),
};

export type BaseShape = typeof baseConfig;
export type BaseConfig = z.output<z.ZodObject<BaseShape>>;
