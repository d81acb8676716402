export { type BenchInboundOptions, benchInbound } from "./inbound/bench-inbound.ts";
export type { Capacity, InboundReport } from "./inbound/report.ts";
export { type BenchLoopOptions, benchLoop, type Hop, type LoopReport } from "./loop/bench-loop.ts";
export { type BenchOutboundOptions, benchOutbound, type OutboundReport } from "./outbound/bench-outbound.ts";
