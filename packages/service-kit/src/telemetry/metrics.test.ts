import { describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

const plain = () => createMetrics({ processMetrics: false });
const accepted = {
  name: "mio_gateway_accepted_total",
  help: "Accepted events.",
  labels: ["channel_type", "outcome"],
} as const;

describe("createMetrics", () => {
  it("counts and returns the text format", async () => {
    const metrics = plain();
    metrics.counter(accepted).inc({ channel_type: "zoho_cliq", outcome: "success" });
    expect(await metrics.text()).toContain(
      'mio_gateway_accepted_total{channel_type="zoho_cliq",outcome="success"} 1',
    );
    expect(metrics.contentType).toContain("text/plain");
  });

  it("returns the same metric for the same definition", async () => {
    const metrics = plain();
    metrics.counter(accepted).inc({ channel_type: "slack", outcome: "success" });
    metrics
      .counter({ ...accepted, labels: ["outcome", "channel_type"] })
      .inc({ channel_type: "slack", outcome: "success" });
    expect(await metrics.text()).toContain('outcome="success"} 2');
  });

  it("rejects the same name with other labels or another kind", () => {
    const metrics = plain();
    metrics.counter(accepted);
    const clash = expect.objectContaining({ code: "metrics.clash" });
    expect(() => metrics.counter({ ...accepted, labels: ["outcome"] })).toThrow(clash);
    expect(() => metrics.gauge(accepted)).toThrow(clash);
  });

  it("keeps registries apart", async () => {
    plain().counter(accepted).inc();
    expect(await plain().text()).not.toContain("mio_gateway_accepted_total");
  });

  it("sets a gauge at each scrape", async () => {
    const metrics = plain();
    let waiting = 0;
    metrics.gauge({ name: "mio_outbox_pending", help: "Rows.", collect: (gauge) => gauge.set(++waiting) });
    expect(await metrics.text()).toContain("mio_outbox_pending 1");
    expect(await metrics.text()).toContain("mio_outbox_pending 2");
  });

  it("sorts observations into the configured buckets", async () => {
    const metrics = plain();
    metrics.histogram({ name: "mio_gateway_accept_seconds", help: "Time.", buckets: [0.1, 1] }).observe(0.5);
    expect(await metrics.text()).toContain('mio_gateway_accept_seconds_bucket{le="1"} 1');
  });

  it("includes process metrics unless disabled", async () => {
    expect(await createMetrics().text()).toContain("process_cpu_seconds_total");
    expect(await plain().text()).not.toContain("process_cpu");
  });
});

describe("labels", () => {
  it.each([
    "account_id",
    "accountId",
    "tenant_id",
    "conversation_id",
    "message_id",
    "command_id",
    "id",
    "user",
    "user_name",
    "account",
    "sender",
    "url",
    "trace_id",
    "workspace_key",
  ])("reject %s, which has no small set of values", (label) => {
    const define = (): unknown => plain().counter({ name: "mio_x_total", help: "x", labels: [label] });
    expect(define).toThrow(expect.objectContaining({ code: "metrics.label_refused" }));
  });

  it.each([
    "channel_type",
    "direction",
    "outcome",
    "code",
    "reason",
    "conversation_kind",
    "worker",
    "stream",
    "state",
  ])("allow %s", (label) => {
    expect(() => plain().counter({ name: "mio_x_total", help: "x", labels: [label] })).not.toThrow();
  });
});
