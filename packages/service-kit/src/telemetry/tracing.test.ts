import { MioError } from "@mio/failure";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTracing } from "./start-tracing.ts";
import { extractTrace, injectTrace, traceOfRequest, withSpan } from "./tracing.ts";

let exporter = new InMemorySpanExporter();
const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
let tracing: AsyncDisposable;

beforeEach(async () => {
  exporter = new InMemorySpanExporter();
  tracing = await startTracing({
    service: "test",
    exporting: false,
    keptShare: 1,
    processors: [new SimpleSpanProcessor({ exporter })],
  });
});
afterEach(async () => await tracing[Symbol.asyncDispose]());

const currentTraceId = (): string | undefined => trace.getActiveSpan()?.spanContext().traceId;
const headersHere = (): Map<string, string> => {
  const headers = new Map<string, string>();
  injectTrace(headers);
  return headers;
};

describe("withSpan", () => {
  it("joins the trace of its parent and propagates it", async () => {
    const parent = extractTrace(new Map([["traceparent", traceparent]]));
    const headers = await withSpan("mio.publish", { kind: "producer", parent }, headersHere);
    expect(headers.get("traceparent")).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(headers.get("traceparent")).not.toBe(traceparent);
  });

  it("follows async code and separates parallel work", async () => {
    const ids = await Promise.all(
      ["a", "b"].map((name) =>
        withSpan(name, {}, async () => {
          const before = currentTraceId();
          await new Promise(setImmediate);
          return await withSpan("inner", {}, () => [before, currentTraceId()]);
        }),
      ),
    );
    for (const [outer, inner] of ids) expect(inner).toBe(outer);
    expect(ids[0]?.[0]).not.toBe(ids[1]?.[0]);
    expect(currentTraceId()).toBeUndefined();
  });

  it("records kind and attributes", async () => {
    const parent = traceOfRequest({ traceparent });
    await withSpan(
      "mio.consume",
      { kind: "consumer", attributes: { "messaging.system": "nats" }, parent },
      () => undefined,
    );
    expect(exporter.getFinishedSpans()).toMatchObject([
      { name: "mio.consume", kind: SpanKind.CONSUMER, attributes: { "messaging.system": "nats" } },
    ]);
  });

  it("marks the span of failed work with the code and rethrows the error", async () => {
    const error = new MioError("bus.unavailable", "no");
    const failed = withSpan("work", { parent: traceOfRequest({ traceparent }) }, () => {
      throw error;
    });
    await expect(failed).rejects.toBe(error);
    expect(exporter.getFinishedSpans()).toMatchObject([
      { status: { code: SpanStatusCode.ERROR }, attributes: { "error.type": "bus.unavailable" } },
    ]);
  });
});

describe("without an exporter", () => {
  it("new traces have ids that propagate but are not recorded", async () => {
    const headers = await withSpan("root", {}, headersHere);
    expect(headers.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it("work within such a trace stays in its span, and its errors are rethrown", async () => {
    const parent = traceOfRequest({ traceparent: traceparent.replace(/01$/, "00") });
    const headers = await withSpan("inner", { parent }, headersHere);
    expect(headers.get("traceparent")).toBe(traceparent.replace(/01$/, "00"));
    const inner = withSpan("outer", {}, async () => {
      const outer = headersHere();
      return await withSpan("inner", {}, () => [outer, headersHere()]);
    });
    const [outer, same] = await inner;
    expect(same).toEqual(outer);
    const error = new Error("failed");
    await expect(withSpan("failing", { parent }, () => Promise.reject(error))).rejects.toBe(error);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

describe("extractTrace", () => {
  it.each([undefined, "", "rubbish", "00-0-0-00"])("starts a new trace for the traceparent %j", (value) => {
    const parent = traceOfRequest({ traceparent: value });
    expect(trace.getSpanContext(parent)).toBeUndefined();
  });

  it("keeps tracestate and uses the first of a repeated header", async () => {
    const parent = traceOfRequest({ traceparent: [traceparent, "x"], tracestate: "vendor=1" });
    const headers = await withSpan("work", { parent }, headersHere);
    expect(headers.get("tracestate")).toBe("vendor=1");
  });
});

describe("injectTrace", () => {
  it("writes nothing outside a span", () => {
    expect(headersHere().size).toBe(0);
  });
});

describe("startTracing", () => {
  it("unregisters when disposed, so that it can be started again", async () => {
    await tracing[Symbol.asyncDispose]();
    expect(await withSpan("work", {}, headersHere)).toEqual(new Map());
    tracing = await startTracing({ service: "test", exporting: false, keptShare: 1 });
    expect((await withSpan("work", {}, headersHere)).size).toBe(1);
    expect(context.active()).toBeDefined();
  });
});
