import { isSpanContextValid, trace } from "@opentelemetry/api";
import {
  type DestinationStream,
  type LogFn,
  type Logger,
  pino,
  destination as pinoDestination,
  stdTimeFunctions,
} from "pino";
import { prettyFactory } from "pino-pretty";
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

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Lines for people instead of JSON. Default: only when standard output is a terminal. */
  readonly pretty?: boolean;
  /** Where lines go. Default: standard output. */
  readonly destination?: DestinationStream;
}

/**
 * Creates the logger of a process: one JSON object for each line, errors with their code and causes
 * under `err`, the ids of the current trace, and no value under a name that sounds like a secret.
 */
export function createLogger({ service, level, pretty, destination }: LoggerOptions): Logger {
  const isPretty = pretty ?? (destination === undefined && process.stdout.isTTY);
  const output = isPretty ? printPretty(destination ?? process.stdout) : destination;
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

/** A line without words of its own says what its error says. */
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
 * Writes each line before the call returns. Pino's own default writes in the background, where the
 * last line of a process can pass the one before it, and a reader that stalls makes memory grow.
 */
function inOrder(): DestinationStream {
  return pinoDestination({ dest: 1, sync: true });
}

function currentTrace(): Record<string, string> {
  const context = trace.getActiveSpan()?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return {};
  return { trace_id: context.traceId, span_id: context.spanId };
}

/** Prints as it is told, without a worker thread, so that the last lines of a process are not lost. */
function printPretty(destination: DestinationStream): DestinationStream {
  const toPretty = prettyFactory({ singleLine: true });
  return { write: (line) => destination.write(toPretty(shortenError(line))) };
}
