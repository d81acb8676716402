import { startTracing, type TracingOptions } from "@mio/service-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture, sign } from "./support.ts";

type SpanProcessor = NonNullable<TracingOptions["processors"]>[number];

const begun: { readonly name: string; readonly traceId: string }[] = [];
const recorder: SpanProcessor = {
  onStart: (span) => void begun.push({ name: span.name, traceId: span.spanContext().traceId }),
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

const opened = new AsyncDisposableStack();
let gateway: GatewayFixture;
beforeAll(async () => {
  opened.use(
    await startTracing({ service: "gateway", exporting: false, keptShare: 1, processors: [recorder] }),
  );
  gateway = opened.use(await gatewayFixture());
});
afterAll(() => opened.disposeAsync());

/** Posts a message with this trace context; returns its status and the span names of that trace. */
async function postInTrace(traceId: string, signature?: string) {
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  const { status } = await gateway.post(
    cliqText(),
    signature === undefined ? { headers } : { headers, signature },
  );
  return { status, spans: begun.filter((span) => span.traceId === traceId).map(({ name }) => name) };
}

test("a signed webhook continues the trace of its sender", async () => {
  const { status, spans } = await postInTrace("0af7651916cd43dd8448eb211c80319c");
  expect(status).toBe(200);
  expect(spans[0]).toBe("mio.webhook");
});

test.each([
  { what: "no signature", signature: "", traceId: "1af7651916cd43dd8448eb211c80319c" },
  { what: "a forged signature", signature: sign("other"), traceId: "2af7651916cd43dd8448eb211c80319c" },
])("a webhook with $what adds no span to its trace", async ({ signature, traceId }) => {
  expect(await postInTrace(traceId, signature)).toEqual({ status: 401, spans: [] });
});
