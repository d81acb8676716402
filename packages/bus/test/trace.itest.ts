import { extractTrace, startTracing, withSpan } from "@mio/service-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { consume, consumers, streams } from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let tracing: AsyncDisposable;
beforeEach(async () => {
  tracing = await startTracing({ service: "test", exporting: false, keptShare: 1 });
});
afterEach(() => tracing[Symbol.asyncDispose]());

test("one trace from the publisher through the handler to what the handler publishes", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const answered = Promise.withResolvers<number>();
  await using _worker = runWorker(
    consume({
      bus,
      consumer: consumers.mediaVault,
      maxInFlight: 1,
      handler: async (delivery) => {
        if (delivery.subject.endsWith(".first")) {
          answered.resolve((await publishText(bus, "second", "second")).sequence);
        }
        return { kind: "done" };
      },
    }),
  );
  const parent = extractTrace(new Map([["traceparent", traceparent]]));
  await withSpan("webhook", { kind: "server", parent }, () => publishText(bus, "first", "first"));
  const stored = await bus.jsm.streams.getMessage(streams.inbound.name, { seq: await answered.promise });
  expect(stored?.header?.get("traceparent")).toMatch(new RegExp(`^00-${traceId}-`));
});

test("a stored traceparent is the parent, and is sent once", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { sequence } = await bus.publisher.publish({
    subject: "mio.inbound.zoho_cliq.acct.conv",
    dedupId: "inb:acct:1",
    payload: new Uint8Array([1]),
    headers: [["traceparent", traceparent]],
  });
  const stored = await bus.jsm.streams.getMessage(streams.inbound.name, { seq: sequence });
  const values = stored?.header?.values("traceparent");
  expect(values).toHaveLength(1);
  expect(values?.[0]).toContain(traceId);
});
