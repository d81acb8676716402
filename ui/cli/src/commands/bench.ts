import type { Command } from "commander";
import type { Io } from "../io.ts";
import { natsBinary } from "../nats-binary.ts";
import { wholeNumber } from "../values.ts";

interface Json {
  readonly json?: true;
}

const jsonHelp = "print one JSON object";

export function register(program: Command, io: Io): void {
  const bench = program.command("bench").description("measure, as ratios within one run").helpCommand(false);
  registerInbound(bench, io);
  registerOutbound(bench, io);
  registerLoop(bench, io);
}

const inboundHelp = `
Measures the way of a webhook, on servers of its own and with the load generator in a process of its own:
latency in an open loop at --rate, then the capacity of the gateway and of three ceilings that take turns
with it: verify only, verify and publish only, and the naive way of one statement and one publish for each
request. Capacity is measured twice: with NATS syncing in the background, as servers with replicas do, and
syncing every message, as one server alone should. It takes the open loop's time and about a minute and a
half. Judge the ratios; the times are this machine's. docs/performance.md explains the numbers.`;

interface Loop extends Json {
  readonly rate: number;
  readonly seconds: number;
}

const upTo = (max: number) => wholeNumber({ min: 1, max });

function registerInbound(bench: Command, io: Io): void {
  bench
    .command("inbound")
    .description("webhook to stream: latency, capacity and what bounds it")
    .option("--rate <n>", "webhooks per second in the open loop", upTo(20_000), 500)
    .option("--seconds <n>", "how long the open loop runs", upTo(600), 10)
    .option("--json", jsonHelp)
    .addHelpText("after", inboundHelp)
    .action(async (options: Loop) => {
      const { rate, seconds } = options;
      const { benchInbound } = await import("@mio/bench");
      const report = await benchInbound({ ...(await benchDirs(io)), rate, seconds });
      print(report, options, io);
      const isWhole = report.lost === 0 && report.duplicated === 0 && report.acked === report.offered;
      io.exitWith(isWhole ? 0 : 1);
    });
}

const outboundHelp = `
Measures the way of a command, with servers, a simulated Cliq and several sender pools of its own: how long one account
waits while another bursts ten times its limit, how long a command takes to the platform when nothing limits it, and how
many go through in a flood, beside bare calls of the platform. Every command is accounted for: lost, shown twice or
out of order. It takes --seconds and about a minute. docs/performance.md explains the numbers.`;

interface Outbound extends Json {
  readonly senders: number;
  readonly seconds: number;
}

function registerOutbound(bench: Command, io: Io): void {
  bench
    .command("outbound")
    .description("command to platform: fairness, latency and throughput")
    .option("--senders <n>", "sender pools that share the work", upTo(8), 3)
    .option("--seconds <n>", "how long the burst goes on", upTo(300), 20)
    .option("--json", jsonHelp)
    .addHelpText("after", outboundHelp)
    .action(async (options: Outbound) => {
      const { senders, seconds } = options;
      const { benchOutbound } = await import("@mio/bench");
      const report = await benchOutbound({ ...(await benchDirs(io)), senders, seconds });
      print(report, options, io);
      io.exitWith(report.lost + report.duplicated + report.order_violations === 0 ? 0 : 1);
    });
}

const loopHelp = `
Measures the whole loop on a fleet of its own: webhooks of the simulated Cliq in an open loop at --rate, echo answers each
with "thinking…" and changes that to the answer. Times are from sending the webhook: until it is answered, until an agent
has the message, until the platform shows the first answer, and until it shows the last.`;

function registerLoop(bench: Command, io: Io): void {
  bench
    .command("loop")
    .description("webhook to edited answer: latency of every hop")
    .option("--rate <n>", "webhooks per second", upTo(2_000), 100)
    .option("--seconds <n>", "how long it goes on", upTo(300), 10)
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

async function benchDirs(io: Io) {
  return {
    natsBinary: await natsBinary(io),
    env: io.env,
    signal: io.signal,
    onProgress: (line: string) => io.note(`mio: ${line}`),
  };
}

function print(report: object, options: Json, io: Io): void {
  if (options.json) io.out(JSON.stringify(report));
  else for (const [name, value] of flatten(report)) io.out(`${name.padEnd(36)} ${value}`);
}

/** Nested numbers under the name of what holds them: `capacity.ratio_naive`. */
function flatten(report: object, prefix = ""): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(report).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? flatten(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const],
  );
}
