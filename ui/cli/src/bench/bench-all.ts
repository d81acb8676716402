import type { Figure, Ratio, Reports } from "@mio/bench";
import type { Io } from "../io.ts";
import { natsBinary } from "../nats-binary.ts";
import { checkRatios } from "./check-ratios.ts";

export interface BenchAll {
  readonly json?: true;
  readonly check?: true;
  readonly record?: true;
  readonly runs: number;
}

/** Runs every bench and prints each figure beside its ceiling. Checks or records the ratios if asked. */
export async function benchAll(options: BenchAll, io: Io): Promise<void> {
  const { inboundRatios, outboundRatios, recordBaseline, summarize } = await import("@mio/bench");
  const runs = options.record ? options.runs : 1;
  const ratios: (readonly Ratio[])[] = [];
  for (let run = 1; run <= runs; run += 1) {
    if (runs > 1) io.note(`mio: run ${run} of ${runs}`);
    const reports = await runAll(io);
    const figures = summarize(reports);
    print(figures, reports, { options, io });
    if (!isWhole(reports)) io.exitWith(1);
    ratios.push([...inboundRatios(reports.inbound), ...outboundRatios(reports.outbound)]);
  }
  if (options.record) {
    const { machine } = await recordBaseline(ratios);
    io.note(`mio: recorded ${runs} runs in bench/baseline.json (${machine})`);
  }
  if (options.check) await checkRatios(ratios.flat(), io);
}

async function runAll(io: Io): Promise<Reports> {
  const { benchInbound, benchLoop, benchOutbound, benchStart } = await import("@mio/bench");
  const dirs = await benchDirs(io);
  return {
    inbound: await benchInbound({ ...dirs, rate: 1_000, seconds: 10 }),
    outbound: await benchOutbound({ ...dirs, senders: 3, seconds: 20 }),
    loop: await benchLoop({ ...dirs, rate: 100, seconds: 10 }),
    start: await benchStart({ ...dirs, starts: 9 }),
  };
}

function print(
  figures: readonly Figure[],
  reports: Reports,
  { options, io }: { readonly options: BenchAll; readonly io: Io },
): void {
  if (options.json) {
    io.out(JSON.stringify({ figures, ...reports }));
    return;
  }
  io.out(`${"figure".padEnd(36)} ${"measured".padStart(9)} ${"ceiling".padStart(9)}  ratio`);
  for (const { figure, measured, ceiling, what_ceiling, ratio } of figures) {
    const bound =
      ceiling === null ? "" : ` ${String(ceiling).padStart(9)}  ${ratio ?? ""} of ${what_ceiling}`;
    io.out(`${figure.padEnd(36)} ${String(measured).padStart(9)}${bound}`);
  }
}

function isWhole({ inbound, outbound, loop }: Reports): boolean {
  const faults = inbound.lost + inbound.duplicated + loop.lost + loop.duplicated;
  const outboundFaults = outbound.lost + outbound.duplicated + outbound.order_violations;
  const refused = inbound.offered - inbound.acked + loop.offered - loop.acked;
  return faults + outboundFaults + refused === 0;
}

/** What every bench takes. */
export async function benchDirs(io: Io) {
  return {
    natsBinary: await natsBinary(io),
    env: io.env,
    signal: io.signal,
    onProgress: (line: string) => io.note(`mio: ${line}`),
  };
}
