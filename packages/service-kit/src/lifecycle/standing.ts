import type { MioError } from "@mio/failure";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import type { Readiness } from "./readiness.ts";
import type { RunningApp } from "./start-app.ts";

/** The readiness of a process from its start: not ready while it starts, then that of the app. */
export interface Standing extends Pick<RunningApp, "ready" | "accepting"> {
  /** The metrics of the app, or of the latest attempt to open it. */
  readonly metrics: Pick<Metrics, "text" | "contentType">;
  /** Metrics for one attempt to open the app: gauges of a failed attempt would read closed resources. */
  attempt(): Metrics;
  waitsFor(error: MioError): void;
  started(running: RunningApp): void;
}

export function createStanding(name: string): Standing {
  let metrics = createMetrics({ processMetrics: false });
  let app: RunningApp | undefined;
  let reason = "starting";
  const starting = async (): Promise<Readiness> => ({
    ok: false,
    checks: [{ name, kind: "app", ok: false, reason }],
  });
  return {
    metrics: {
      text: () => metrics.text(),
      contentType: metrics.contentType,
    },
    attempt: () => {
      metrics = createMetrics();
      return metrics;
    },
    waitsFor: ({ code, message }) => {
      reason = `starting: ${code}: ${message}`;
    },
    started: (running) => {
      app = running;
    },
    ready: () => app?.ready() ?? starting(),
    accepting: () => app?.accepting() ?? starting(),
  };
}
