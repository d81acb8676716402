import { createLogger, createMetrics } from "@mio/service-kit";
import { captureLogs } from "@mio/testkit";
import { expect, it } from "vitest";
import { createReportRotation } from "./report-rotation.ts";

it("reports how far the partitions of deliveries reach", async () => {
  const logs = captureLogs();
  const metrics = createMetrics({ processMetrics: false });
  const report = createReportRotation(
    createLogger({ service: "test", level: "info", destination: logs.destination }),
    metrics,
  );
  const coveredUntil = new Date(Date.now() + 60_000);
  report({ created: 0, moved: 0, dropped: 0, coveredUntil, isSpilled: false });
  expect(logs.lines).toEqual([]);
  expect(await metrics.text()).toMatch(/mio_partition_ahead_seconds\{table="deliveries"\} (60|5[5-9])/);
  report({ created: 0, moved: 3, dropped: 0, coveredUntil, isSpilled: true });
  expect(logs.matching({ moved: 3 })).toMatchObject([{ created: 0, dropped: 0 }]);
  expect(logs.text()).toContain("deliveries.without_partition");
});
