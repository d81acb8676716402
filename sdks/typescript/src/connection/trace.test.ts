import { headers } from "@nats-io/transport-node";
import {
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { afterEach, expect, it } from "vitest";
import { currentTrace, extractTrace, injectTrace, inSpan } from "./trace.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

it("carries a trace from one message to the next without an OpenTelemetry SDK", async () => {
  const incoming = headers();
  incoming.set("traceparent", traceparent);
  incoming.set("tracestate", "vendor=1");
  const outgoing = headers();
  const span = { name: "test", kind: "producer", parent: extractTrace(incoming), attributes: {} } as const;
  await inSpan(span, async (inside) => injectTrace(inside, outgoing));
  expect([outgoing.get("traceparent"), outgoing.get("tracestate")]).toEqual([traceparent, "vendor=1"]);
});

it("writes no trace when there is none", () => {
  const outgoing = headers();
  injectTrace(extractTrace(headers()), outgoing);
  injectTrace(extractTrace(undefined), outgoing);
  expect([...outgoing.keys()]).toEqual([]);
});

afterEach(() => {
  context.disable();
  trace.disable();
});

/** A context in a span of its own. */
const inSpanOf = (digit: string): Context =>
  trace.setSpanContext(ROOT_CONTEXT, {
    traceId: "0".repeat(31).concat(digit),
    spanId: "0".repeat(15).concat(digit),
    traceFlags: TraceFlags.SAMPLED,
  });

it("prefers nothing to the incoming trace while the program has no span of its own", () => {
  const incoming = inSpanOf("1");
  expect(trace.getSpanContext(context.active())).toBeUndefined();
  expect(currentTrace(incoming)).toBe(incoming);
});

it("prefers the program's own span to the incoming trace", () => {
  const own = inSpanOf("2");
  const manager: ContextManager = {
    active: () => own,
    with: (_context, work, self, ...args) => work.call(self, ...args),
    bind: (_context, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager);
  expect(currentTrace(inSpanOf("1"))).toBe(own);
});

it("ends each span, and says of work that failed that it did", async () => {
  const said: string[] = [];
  const span = {
    setStatus: ({ code }: { readonly code: SpanStatusCode }) => said.push(SpanStatusCode[code]),
    end: () => said.push("end"),
  } as unknown as Span;
  const tracer = { startSpan: () => span, startActiveSpan: () => {} };
  trace.setGlobalTracerProvider({ getTracer: () => tracer } as never);
  const init = { name: "test", kind: "consumer", parent: ROOT_CONTEXT, attributes: {} } as const;
  expect(await inSpan(init, async () => "done")).toBe("done");
  const failed = inSpan(init, () => Promise.reject(new Error("broken handler")));
  await expect(failed).rejects.toThrow("broken handler");
  expect(said).toEqual(["end", "ERROR", "end"]);
});
