import { isSpanContextValid, trace } from "@opentelemetry/api";
import {
  type DestinationStream,
  type LogFn,
  type Logger,
  pino,
  destination as pinoDestination,
  stdTimeFunctions,
} from "pino";
import { safeText } from "./cut-text.ts";
import { bindingSerializers, redact } from "./redact.ts";
import { shortenError } from "./short-error.ts";
import { toLoggedError } from "./to-logged-error.ts";

export type { Logger } from "pino";

export const logLevels: readonly ["trace", "debug", "info", "warn", "error", "fatal", "silent"] = [
  "trace",
  "debug",
  "info",
  "warn",
  "error",
  "fatal",
  "silent",
];
export type LogLevel = (typeof logLevels)[number];

/** Makes a readable line of a line of JSON. */
export type ToPretty = (line: string) => string;

/** Loads what makes log lines readable. A service behind a pipe does without these thirty modules. */
export async function loadPretty(): Promise<ToPretty> {
  const { prettyFactory } = await import("pino-pretty");
  return prettyFactory({ singleLine: true });
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Readable lines instead of JSON, as {@link loadPretty} makes them. Default: JSON. */
  readonly pretty?: ToPretty | false;
  /** Destination of the lines. Default: stdout. */
  readonly destination?: DestinationStream;
}

/**
 * Creates the logger of a process: one JSON object per line, errors with code and causes under `err`, the ids of the
 * current trace. Values whose names suggest a secret are redacted.
 */
export function createLogger({ service, level, pretty, destination }: LoggerOptions): Logger {
  const output = pretty ? printPretty(pretty, destination ?? process.stdout) : destination;
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: redact },
    serializers: { ...bindingSerializers, err: toLoggedError, error: toLoggedError },
    mixin: currentTrace,
    hooks: {
      logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
        method.apply(this, withMessage(args));
      },
    },
  };
  return pino(options, output ?? inOrder());
}

/** A line without a message gets the message of its error. */
function withMessage(args: Parameters<LogFn>): Parameters<LogFn> {
  const [fields, message, ...rest]: readonly unknown[] = args;
  if (message !== undefined) return args;
  const error = fields instanceof Error ? fields : errorOf(fields);
  return error === undefined ? args : [fields, safeText(error.message), ...rest];
}

function errorOf(fields: unknown): Error | undefined {
  if (typeof fields !== "object" || fields === null || !("err" in fields)) return undefined;
  return fields.err instanceof Error ? fields.err : undefined;
}

/**
 * Writes each line synchronously. Pino's default writes in the background: the last line of a process could overtake
 * the one before it, and a stalled reader would make memory grow.
 */
function inOrder(): DestinationStream {
  return pinoDestination({ dest: 1, sync: true });
}

function currentTrace(): Record<string, string> {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  return { trace_id: context.traceId, span_id: context.spanId };
}

/** Formats in this thread, without a worker, so that the last lines of a process are not lost. */
function printPretty(toPretty: ToPretty, destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(toPretty(shortenError(line))) };
}
