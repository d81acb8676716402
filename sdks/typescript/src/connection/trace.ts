import type { MsgHdrs } from "@nats-io/nats-core";
import { type Context, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";

const w3c = new W3CTraceContextPropagator();

/** The trace context of a NATS message; the root context if it has none. */
export function extractTrace(headers: MsgHdrs | undefined): Context {
  if (headers === undefined) return ROOT_CONTEXT;
  return w3c.extract(ROOT_CONTEXT, headers, {
    get: (carrier, key) => carrier.get(key) || undefined,
    keys: (carrier) => carrier.keys(),
  });
}

/** Writes `traceparent` and `tracestate`. Without an OpenTelemetry SDK it passes the incoming trace on. */
export function injectTrace(parent: Context, headers: MsgHdrs): void {
  w3c.inject(parent, headers, { set: (carrier, key, value) => carrier.set(key, value) });
}

/** The active span of the program, or else the trace of the message that it answers. */
export function currentTrace(incoming: Context = ROOT_CONTEXT): Context {
  const active = context.active();
  return trace.getSpanContext(active) === undefined ? incoming : active;
}

/** Settings of a span. */
export interface SpanInit {
  readonly name: string;
  readonly kind: "producer" | "consumer";
  readonly parent: Context;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Runs `work` with a new active span. Without an OpenTelemetry SDK it costs nothing. */
export async function inSpan<T>(init: SpanInit, work: (span: Context) => Promise<T>): Promise<T> {
  const kind = init.kind === "producer" ? SpanKind.PRODUCER : SpanKind.CONSUMER;
  const attributes = { "messaging.system": "nats", ...init.attributes };
  const span = trace.getTracer("@mio/sdk").startSpan(init.name, { kind, attributes }, init.parent);
  const inside = trace.setSpan(init.parent, span);
  try {
    return await context.with(inside, () => work(inside));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
