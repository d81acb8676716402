// Running a process.

export type { App, AppContext, NeededTo, Probe, Worker } from "./lifecycle/app.ts";
export type { Stopped } from "./lifecycle/drain.ts";
export { main, type ServiceDefinition } from "./lifecycle/main.ts";
export { openTogether } from "./lifecycle/open-together.ts";
export { type OpsServer, type OpsServerOptions, serveOps } from "./lifecycle/ops-server.ts";
export {
  type Check,
  checkProbe,
  isNeededToAccept,
  keepCheck,
  type ProbeCheck,
  type Readiness,
  toReadiness,
} from "./lifecycle/readiness.ts";
export { sizeHeap } from "./lifecycle/size-heap.ts";
export { type RunningApp, type StartOptions, startApp } from "./lifecycle/start-app.ts";
export {
  type SupervisedWorker,
  type SuperviseOptions,
  supervise,
  type WorkerState,
} from "./lifecycle/supervise.ts";

// Configuration.

export { type BaseConfig, type BaseShape, baseConfig } from "./config/base-config.ts";
export { describeConfig, type SettingRow } from "./config/describe-config.ts";
export { bytes, csv, durationMs, flag, int, port, secret, text, url, uuid } from "./config/fields.ts";
export { type ConfigSource, type Env, loadConfig } from "./config/load-config.ts";
export { Secret } from "./config/secret.ts";
export { summarizeConfig } from "./config/summarize-config.ts";
export { findUnknownSettings, type UnknownSettings } from "./config/unknown-settings.ts";

// Logs, metrics and traces.

export { createLogLimiter, type LogLimiter } from "./telemetry/log-limiter.ts";
export {
  createLogger,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  loadPretty,
  logLevels,
  type ToPretty,
} from "./telemetry/logger.ts";
export {
  type Counter,
  createMetrics,
  type Gauge,
  type GaugeDefinition,
  type Histogram,
  type HistogramDefinition,
  type MetricDefinition,
  type Metrics,
} from "./telemetry/metrics.ts";
export { startTracing, type TracingOptions } from "./telemetry/start-tracing.ts";
export {
  extractTrace,
  injectTrace,
  type SpanOptions,
  type TraceContext,
  type TraceReader,
  type TraceWriter,
  traceOfRequest,
  withSpan,
} from "./telemetry/tracing.ts";
export { readTracingSettings, type TracingSettings } from "./telemetry/tracing-settings.ts";

// HTTP.

export { type HttpReply, toHttpReply } from "./http-reply.ts";
export { withoutSchemas } from "./without-schemas.ts";
