import { createMetrics } from "@mio/service-kit";
import { expect, test } from "vitest";
import { createBusMeter, createDeadLetterMeter } from "./bus-metrics.ts";

const aRegistry = () => createMetrics({ processMetrics: false });

test.each([
  ["mio.inbound.slack.acct.conv", 'channel_type="slack",direction="inbound"'],
  ["mio.dlq.outbound.slack.acct.conv", 'channel_type="slack",direction="dlq"'],
  ["$JS.API.INFO", 'channel_type="none",direction="none"'],
])("what is published on %s is counted by channel and direction, without any id", async (subject, labels) => {
  const metrics = aRegistry();
  createBusMeter("publish", metrics).observe(subject, "success", 0.002);
  const text = await metrics.text();
  expect(text).toContain(`mio_sdk_publish_total{${labels},outcome="success"} 1`);
  expect(text).toContain(`mio_sdk_publish_latency_seconds_sum{${labels}} 0.002`);
  expect(text).not.toContain("acct");
});

test("counts dead letters by reason, and an agent's own reasons as other", async () => {
  const metrics = aRegistry();
  const meter = createDeadLetterMeter(metrics);
  for (const reason of ["no_account", "customer 4711 is rude", "customer 4712 is rude"]) {
    meter.count("mio.dlq.outbound.slack.acct.conv", reason);
  }
  const text = await metrics.text();
  const labels = 'direction="outbound",channel_type="slack"';
  expect(text).toContain(`mio_dead_letters_total{${labels},reason="no_account"} 1`);
  expect(text).toContain(`mio_dead_letters_total{${labels},reason="other"} 2`);
  expect(text).not.toContain("rude");
});
