import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AlwaysOffSampler,
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

/**
 * Registers tracing for this process: W3C propagation and a context that follows `async` code. Disposing sends
 * pending spans within three seconds and unregisters.
 */
export async function startTracing(options: TracingOptions): Promise<AsyncDisposable> {
  const provider = await createProvider(options);
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

async function createProvider(options: TracingOptions): Promise<TracerProvider> {
  const { service, exporting, keptShare, processors = [] } = options;
  if (!exporting) {
    // A root span without an exporter is created without recording: cheap, and its flag propagates.
    return new TracerProvider({
      sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }),
      spanProcessors: [...processors],
    });
  }
  // A hundred modules that a process without an exporter does not load.
  const { createExport } = await import("./export-spans.ts");
  const { resource, processor } = createExport(service);
  return new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(keptShare) }),
    resource,
    spanProcessors: [processor, ...processors],
  });
}
