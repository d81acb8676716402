import { headers } from "@nats-io/transport-node";
import { context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { expect, it } from "vitest";
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

it("prefers nothing to the incoming trace while the program has no span of its own", () => {
  const spanContext = {
    traceId: "0".repeat(31).concat("1"),
    spanId: "0".repeat(15).concat("1"),
    traceFlags: TraceFlags.SAMPLED,
  };
  const incoming = trace.setSpanContext(ROOT_CONTEXT, spanContext);
  expect(trace.getSpanContext(context.active())).toBeUndefined();
  expect(currentTrace(incoming)).toBe(incoming);
});
