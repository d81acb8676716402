import type { Command } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { natsBinary } from "../nats-binary.ts";

interface Options {
  readonly rate: string;
  readonly seconds: string;
  readonly json?: true;
}

const help = `
Measures the way of a webhook, on servers of its own and with the load generator in a process of its own:
latency in an open loop at --rate, then the capacity of the gateway and of three ceilings that take turns
with it: verify only, verify and publish only, and the naive way of one statement and one publish for each
request. Capacity is measured twice: with NATS syncing in the background, as servers with replicas do, and
syncing every message, as one server alone should. It takes the open loop's time and about a minute and a
half. Judge the ratios; the times are this machine's. docs/performance.md explains the numbers.`;

export function register(program: Command, io: Io): void {
  const bench = program.command("bench").description("measure, as ratios within one run");
  bench
    .command("inbound")
    .description("webhook to stream: latency, capacity and what bounds it")
    .option("--rate <n>", "webhooks per second in the open loop", "500")
    .option("--seconds <n>", "how long the open loop runs", "10")
    .option("--json", "print one JSON object")
    .addHelpText("after", help)
    .action((options: Options) => inbound(options, io));
}

async function inbound(options: Options, io: Io): Promise<void> {
  const [rate, seconds] = [
    toNumber("--rate", options.rate, 20_000),
    toNumber("--seconds", options.seconds, 600),
  ];
  const { benchInbound } = await import("@mio/bench");
  const report = await benchInbound({
    natsBinary: await natsBinary(io),
    env: io.env,
    rate,
    seconds,
    signal: io.signal,
    onProgress: (line) => io.note(`mio: ${line}`),
  });
  if (options.json) io.out(JSON.stringify(report));
  else for (const [name, value] of flatten(report)) io.out(`${name.padEnd(36)} ${value}`);
  io.exitWith(report.lost === 0 && report.duplicated === 0 && report.acked === report.offered ? 0 : 1);
}

/** Nested numbers under the name of what holds them: `capacity.ratio_naive`. */
function flatten(report: object, prefix = ""): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(report).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? flatten(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const],
  );
}

function toNumber(option: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new CliError(`${option} takes a whole number from 1 to ${max}, not ${text}`, {
    exitCode: exitCodes.usage,
    next: "for example: ./mio bench inbound --rate 500 --seconds 10",
  });
}
