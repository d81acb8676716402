import { MioError } from "@mio/failure";
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from "prom-client";

export type { Counter, Gauge, Histogram } from "prom-client";

export interface MetricDefinition<Label extends string> {
  /** `mio_<service>_<noun>_<unit>[_total]`. */
  readonly name: string;
  readonly help: string;
  /** Small closed sets only: `channel_type`, `direction`, `outcome`, `code` …; ids belong in logs and spans. */
  readonly labels?: readonly Label[];
}

export interface GaugeDefinition<Label extends string> extends MetricDefinition<Label> {
  /** Called at each scrape to set the value. Only the first definition's callback is used. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

export interface HistogramDefinition<Label extends string> extends MetricDefinition<Label> {
  /** Upper bounds, ascending, in the unit of the name. */
  readonly buckets: readonly number[];
}

/**
 * The metrics of one process. A repeated definition returns the same metric.
 *
 * Each method throws MioError `metrics.clash` if the name exists with another kind or other labels, and
 * `metrics.label_refused` if a label would have one series per account, user or message.
 */
export interface Metrics {
  counter<Label extends string = never>(definition: MetricDefinition<Label>): Counter<Label>;
  gauge<Label extends string = never>(definition: GaugeDefinition<Label>): Gauge<Label>;
  histogram<Label extends string = never>(definition: HistogramDefinition<Label>): Histogram<Label>;
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
  /** The content type of {@link Metrics.text}. */
  readonly contentType: string;
}

/** Creates the registry of a process. `processMetrics: false` omits the metrics of Node and the process. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  const labelsByName = new Map<string, string>();
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });

  function define<Kind extends Metric>(
    definition: MetricDefinition<string>,
    kind: new (...args: never[]) => Kind,
    create: () => Kind,
  ): Kind {
    const labels = (definition.labels ?? []).toSorted().join(",");
    const existing = registry.getSingleMetric(definition.name);
    if (existing === undefined) {
      refuseUnboundedLabels(definition);
      labelsByName.set(definition.name, labels);
      return create();
    }
    if (existing instanceof kind && labelsByName.get(definition.name) === labels) return existing;
    throw new MioError(
      "metrics.clash",
      `The metric ${definition.name} exists with another kind or other labels.`,
    );
  }
  const base = <Label extends string>({ name, help, labels = [] }: MetricDefinition<Label>) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });

  return {
    counter: (definition) => define(definition, Counter, () => new Counter(base(definition))),
    gauge: (definition) => define(definition, Gauge, () => createGauge(base(definition), definition.collect)),
    histogram: (definition) =>
      define(
        definition,
        Histogram,
        () => new Histogram({ ...base(definition), buckets: [...definition.buckets] }),
      ),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

interface GaugeBase<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: Label[];
  readonly registers: Registry[];
}

function createGauge<Label extends string>(
  base: GaugeBase<Label>,
  collect: GaugeDefinition<Label>["collect"],
): Gauge<Label> {
  const gauge: Gauge<Label> = new Gauge({ ...base, ...(collect && { collect: () => collect(gauge) }) });
  return gauge;
}

const unbounded = [
  /^(account|tenant|conversation|message|command|user|sender|peer|workspace|attachment)(_(name|key|external|email))?$/,
  /(^|_)(ids?|uuid|email|url|path|text|trace|span)$/,
];

function refuseUnboundedLabels({ name, labels = [] }: MetricDefinition<string>): void {
  const snakeCase = (label: string): string => label.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  const refused = labels.find((label) => unbounded.some((pattern) => pattern.test(snakeCase(label))));
  if (refused === undefined) return;
  throw new MioError(
    "metrics.label_refused",
    `The metric ${name} must not have the label ${refused}: it has no small set of values.`,
  );
}
