import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanProcessor } from "@opentelemetry/sdk-trace";

/** Including retries: an unreachable collector must not delay the exit of the process any longer. */
const exportTimeoutMs = 3000;

/** Sends the spans of a service to a collector over OTLP. */
export function createExport(service: string): {
  readonly resource: Resource;
  readonly processor: SpanProcessor;
} {
  return {
    resource: defaultResource().merge(resourceFromAttributes({ "service.name": service })),
    processor: new BatchSpanProcessor({
      exporter: new OTLPTraceExporter({ timeoutMillis: exportTimeoutMs }),
    }),
  };
}
