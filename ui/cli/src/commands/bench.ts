import type { Command } from "commander";
import { type BenchAll, benchAll, benchDirs } from "../bench/bench-all.ts";
import { checkRatios } from "../bench/check-ratios.ts";
import type { Io } from "../io.ts";
import { wholeNumber } from "../values.ts";

interface Json {
  readonly json?: true;
}

interface Checked extends Json {
  readonly check?: true;
}

const upTo = (max: number) => wholeNumber({ min: 1, max });

const jsonHelp = "print one JSON object";

export function register(program: Command, io: Io): void {
  const bench = program
    .command("bench")
    .description("measure, as ratios within one run")
    .helpCommand(false)
    .enablePositionalOptions()
    .option("--check", "exit 1 if a ratio is worse than the stored one")
    .option("--record", "store the ratios of several runs in bench/baseline.json")
    .option("--runs <n>", "runs for --record", upTo(20), 5)
    .option("--json", jsonHelp)
    .addHelpText("after", benchHelp)
    .action((options: BenchAll) => benchAll(options, io));
  registerInbound(bench, io);
  registerOutbound(bench, io);
  registerLoop(bench, io);
  registerStart(bench, io);
}

const checkHelp = "exit 1 if a ratio is worse than the stored one";

const benchHelp = `
Without a name it runs all four, in about seven minutes, and prints each figure beside its ceiling of the same run. --check
compares the ratios with bench/baseline.json: one fails if it is more than 20 % worse than the worst recorded run.
Times are never compared. Record on a quiet machine.`;

const inboundHelp = `
Measures the inbound path on its own servers, with the load generator in a separate process. First the latency
in an open loop at --rate. Then the capacity of the gateway, in turns with three upper bounds: verify only,
verify and publish only, and one statement and one publish for each request. Capacity is measured twice: NATS
syncs in the background, as servers with replicas do, and NATS syncs every message, as a single server should.
It takes --seconds and about 90 seconds more. Compare the ratios: the times depend on this machine.
docs/performance.md explains the numbers.`;

interface Loop extends Json {
  readonly rate: number;
  readonly seconds: number;
}

function registerInbound(bench: Command, io: Io): void {
  bench
    .command("inbound")
    .description("measure webhook to stream: latency, capacity and its bounds")
    .option("--rate <n>", "webhooks per second in the open loop", upTo(20_000), 500)
    .option("--seconds <n>", "how long the open loop runs", upTo(600), 10)
    .option("--check", checkHelp)
    .option("--json", jsonHelp)
    .addHelpText("after", inboundHelp)
    .action(async (options: Loop & Checked) => {
      const { rate, seconds } = options;
      const { benchInbound, inboundRatios } = await import("@mio/bench");
      const report = await benchInbound({ ...(await benchDirs(io)), rate, seconds });
      print(report, options, io);
      const isWhole = report.lost === 0 && report.duplicated === 0 && report.acked === report.offered;
      io.exitWith(isWhole ? 0 : 1);
      if (options.check) await checkRatios(inboundRatios(report), io);
    });
}

const outboundHelp = `
Measures the outbound path on its own servers, with a simulated Cliq and several sender pools: how long one account
waits while another sends ten times its limit, the latency of a command without a rate limit, and the throughput under
load beside bare platform calls, on one pool and on --senders. The report has the processor time, the statements and the
writes of a command, and counts commands that were lost, posted twice or out of order. It takes --seconds and about two
minutes more. docs/performance.md explains the numbers.`;

interface Outbound extends Checked {
  readonly senders: number;
  readonly seconds: number;
}

function registerOutbound(bench: Command, io: Io): void {
  bench
    .command("outbound")
    .description("measure command to platform: fairness, latency and throughput")
    .option("--senders <n>", "sender pools that share the work", upTo(8), 3)
    .option("--seconds <n>", "length of the burst", upTo(300), 20)
    .option("--check", checkHelp)
    .option("--json", jsonHelp)
    .addHelpText("after", outboundHelp)
    .action(async (options: Outbound) => {
      const { senders, seconds } = options;
      const { benchOutbound, outboundRatios } = await import("@mio/bench");
      const report = await benchOutbound({ ...(await benchDirs(io)), senders, seconds });
      print(report, options, io);
      io.exitWith(report.lost + report.duplicated + report.order_violations === 0 ? 0 : 1);
      if (options.check) await checkRatios(outboundRatios(report), io);
    });
}

const loopHelp = `
Measures the whole loop on its own fleet. The simulated Cliq sends webhooks in an open loop at --rate; echo answers each
with "thinking…" and then edits that into the answer. Times start when the webhook is sent: until its response, until the
agent has the message, until the platform shows the first answer, and until it shows the final one.`;

function registerLoop(bench: Command, io: Io): void {
  bench
    .command("loop")
    .description("measure webhook to edited answer: latency of every hop")
    .option("--rate <n>", "webhooks per second", upTo(2_000), 100)
    .option("--seconds <n>", "how long the open loop runs", upTo(300), 10)
    .option("--json", jsonHelp)
    .addHelpText("after", loopHelp)
    .action(async (options: Loop) => {
      const { rate, seconds } = options;
      const { benchLoop } = await import("@mio/bench");
      const report = await benchLoop({ ...(await benchDirs(io)), rate, seconds });
      print(report, options, io);
      const isWhole = report.lost === 0 && report.duplicated === 0 && report.acked === report.offered;
      io.exitWith(isWhole ? 0 : 1);
    });
}

const startHelp = `
Starts each built service several times on a migrated database, in turns with a Node that only answers, until /readyz
answers 200; then the gateway on new servers, with every migration. Last it runs ./mio up and types a message: in memory,
in a new folder, and again in that folder. It prints the times from the command until the modules are loaded, the servers
run, the services run, "thinking…" is shown, and the answer is shown.`;

interface Starts extends Json {
  readonly starts: number;
}

function registerStart(bench: Command, io: Io): void {
  bench
    .command("start")
    .description("measure starts of services, and ./mio up until its first answer")
    .option("--starts <n>", "how often each service starts", upTo(100), 9)
    .option("--json", jsonHelp)
    .addHelpText("after", startHelp)
    .action(async (options: Starts) => {
      const { benchStart } = await import("@mio/bench");
      const report = await benchStart({ ...(await benchDirs(io)), starts: options.starts });
      print(report, options, io);
    });
}

function print(report: object, options: Json, io: Io): void {
  if (options.json) io.out(JSON.stringify(report));
  else for (const [name, value] of flatten(report)) io.out(`${name.padEnd(36)} ${value}`);
}

/** Nested numbers with the path to them: `capacity.ratio_naive`. */
function flatten(report: object, prefix = ""): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(report).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? flatten(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const],
  );
}
