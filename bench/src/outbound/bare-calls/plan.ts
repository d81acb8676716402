import type { PlatformAccess } from "../../platform/protocol.ts";

export interface CallPlan {
  readonly access: PlatformAccess;
  readonly calls: number;
  /** Calls before the clock starts, for the compiler and the connections. */
  readonly warmUp: number;
  readonly atOnce: number;
}

export interface BareCalls {
  readonly perSecond: number;
  readonly cpuSeconds: number;
}
