import { describe, expect, it } from "vitest";
import { readTracingSettings } from "./tracing-settings.ts";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

describe("readTracingSettings", () => {
  it.for<[env: Record<string, string>, exporting: boolean, keptShare: number]>([
    [{}, false, 1],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, false, 1],
    [endpoint, true, 1],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://c" }, true, 1],
    [{ ...endpoint, OTEL_SDK_DISABLED: "TRUE" }, false, 1],
    [{ ...endpoint, OTEL_TRACES_SAMPLER_ARG: "0.05" }, true, 0.05],
    [{ ...endpoint, OTEL_TRACES_SAMPLER_ARG: "0" }, true, 0],
    [{ ...endpoint, OTEL_TRACES_SAMPLER_ARG: "rubbish" }, true, 1],
    [{ ...endpoint, OTEL_TRACES_SAMPLER_ARG: "7" }, true, 1],
  ])("%j", ([env, exporting, keptShare]) => {
    expect(readTracingSettings(env)).toEqual({ exporting, keptShare });
  });
});
