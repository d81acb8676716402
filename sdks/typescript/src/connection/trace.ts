import type { MsgHdrs } from "@nats-io/nats-core";
import { type Context, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";

const w3c = new W3CTraceContextPropagator();

/** The trace a NATS message belongs to; the root context when it names none. */
export function extractTrace(headers: MsgHdrs | undefined): Context {
  if (headers === undefined) return ROOT_CONTEXT;
  return w3c.extract(ROOT_CONTEXT, headers, {
    get: (carrier, key) => carrier.get(key) || undefined,
    keys: (carrier) => carrier.keys(),
  });
}

/** Writes `traceparent` and `tracestate`. Works without an OpenTelemetry SDK: the incoming trace is passed on. */
export function injectTrace(parent: Context, headers: MsgHdrs): void {
  w3c.inject(parent, headers, { set: (carrier, key, value) => carrier.set(key, value) });
}

/** The program's own span when it has one, else the trace of the message it answers. */
export function currentTrace(incoming: Context = ROOT_CONTEXT): Context {
  const active = context.active();
  return trace.getSpanContext(active) === undefined ? incoming : active;
}

/** What a span is about. */
export interface SpanInit {
  readonly name: string;
  readonly kind: "producer" | "consumer";
  readonly parent: Context;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Runs `work` in a span, which is the active one meanwhile; without an OpenTelemetry SDK it costs nothing. */
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
