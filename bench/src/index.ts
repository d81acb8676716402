export { type BenchInboundOptions, benchInbound } from "./inbound/bench-inbound.ts";
export type { Capacity, InboundReport } from "./inbound/report.ts";
