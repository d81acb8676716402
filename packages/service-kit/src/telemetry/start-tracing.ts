import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { TracingSettings } from "./tracing-settings.ts";

export interface TracingOptions extends TracingSettings {
  readonly service: string;
  /** Further span processors, for tests. */
  readonly processors?: readonly SpanProcessor[];
}

/** Including retries: an unreachable collector must not delay the exit of the process any longer. */
const exportTimeoutMs = 3000;

/**
 * Registers tracing for this process: W3C propagation and a context that follows `async` code. Disposing sends
 * pending spans within three seconds and unregisters.
 */
export function startTracing(options: TracingOptions): AsyncDisposable {
  const provider = createProvider(options);
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return {
    [Symbol.asyncDispose]: async () => {
      // Lost spans do not make a clean stop a failure.
      await provider.shutdown().catch(() => undefined);
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

function createProvider({ service, exporting, keptShare, processors = [] }: TracingOptions): TracerProvider {
  if (!exporting) {
    // A root span without an exporter is created without recording: cheap, and its flag propagates.
    return new TracerProvider({
      sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }),
      spanProcessors: [...processors],
    });
  }
  return new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(keptShare) }),
    resource: defaultResource().merge(resourceFromAttributes({ "service.name": service })),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ timeoutMillis: exportTimeoutMs }) }),
      ...processors,
    ],
  });
}
