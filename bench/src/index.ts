export { type Baseline, findRegressions, type Regression, type StoredRatio } from "./check/baseline.ts";
export { readBaseline, recordBaseline } from "./check/baseline-file.ts";
export { inboundRatios, outboundRatios, type Ratio } from "./check/ratios.ts";
export { type Figure, type Reports, summarize } from "./check/summarize.ts";
export { type BenchInboundOptions, benchInbound } from "./inbound/bench-inbound.ts";
export type { Capacity, InboundReport } from "./inbound/report.ts";
export { type BenchLoopOptions, benchLoop, type Hop, type LoopReport } from "./loop/bench-loop.ts";
export { type BenchOutboundOptions, benchOutbound, type OutboundReport } from "./outbound/bench-outbound.ts";
