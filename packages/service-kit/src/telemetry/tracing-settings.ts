/** Trace settings from the standard OpenTelemetry variables; the exporter reads its own. */
export interface TracingSettings {
  /** Whether spans are exported. If not, trace ids still propagate and no span is kept. */
  readonly exporting: boolean;
  /** Share of new traces that are kept, from 0 to 1. An incoming trace keeps its own flag. */
  readonly keptShare: number;
}

/** Reads `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`), `OTEL_SDK_DISABLED` and `OTEL_TRACES_SAMPLER_ARG`. */
export function readTracingSettings(env: Readonly<Record<string, string | undefined>>): TracingSettings {
  const endpoint = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const isDisabled = env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true";
  const share = Number(env["OTEL_TRACES_SAMPLER_ARG"] || 1);
  return { exporting: Boolean(endpoint) && !isDisabled, keptShare: share >= 0 && share <= 1 ? share : 1 };
}
