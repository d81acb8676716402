import { toMioError } from "@mio/failure";
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";

/** The position of a piece of work in a trace; passed from a request or message to its spans. */
export type TraceContext = Context;

/** Reads a header by name: a `Map`, `Headers` or NATS headers. */
export interface TraceReader {
  get(name: string): string | null | undefined;
}

/** Sets a header by name: a `Map`, `Headers` or NATS headers. */
export interface TraceWriter {
  set(name: string, value: string): unknown;
}

export interface SpanOptions {
  readonly kind?: "internal" | "server" | "client" | "producer" | "consumer";
  readonly attributes?: Attributes;
  /** The trace to join. Default: the current one. */
  readonly parent?: TraceContext;
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Writes `traceparent` and `tracestate` of the current span, if there is one. */
export function injectTrace(carrier: TraceWriter): void {
  propagation.inject(context.active(), carrier, { set: (headers, name, value) => headers.set(name, value) });
}

/** Reads `traceparent` and `tracestate`; a missing or malformed one starts a new trace. */
export function extractTrace(carrier: TraceReader): TraceContext {
  return propagation.extract(context.active(), carrier, {
    get: (headers, name) => headers.get(name) || undefined,
    keys: () => [],
  });
}

/** The trace of an HTTP request, as `parent` of the span that handles it. */
export function traceOfRequest(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): TraceContext {
  return extractTrace({
    get: (name) => {
      const value = headers[name];
      return typeof value === "string" ? value : value?.[0];
    },
  });
}

/**
 * Runs `work` in a new span and ends the span with it. An error marks the span and is rethrown. Within a trace that is
 * not sampled there is nothing to record, so `work` runs in the span of its parent.
 */
export async function withSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Result> | Result,
): Promise<Result> {
  const parent = options.parent ?? context.active();
  const around = trace.getSpan(parent);
  if (around !== undefined && !isSampled(around)) {
    return await (options.parent === undefined ? work(around) : context.with(parent, () => work(around)));
  }
  const spanOptions = {
    kind: kinds[options.kind ?? "internal"],
    ...(options.attributes && { attributes: options.attributes }),
  };
  const span = trace.getTracer("mio").startSpan(name, spanOptions, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    span.setAttribute("error.type", toMioError(error).code);
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function isSampled(span: Span): boolean {
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
}
