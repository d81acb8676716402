import { createServer } from "node:net";
import { join, resolve } from "node:path";
import type { FleetPorts, Storage } from "@mio/all-in-one";
import type { MioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";
import { type Command, Option } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { natsBinary } from "../nats-binary.ts";
import { usualPorts } from "../usual-ports.ts";

interface Options {
  readonly data?: string;
  readonly memory?: true;
  readonly external?: true;
  readonly freePorts?: true;
  readonly verbose?: true;
  readonly json?: true;
  readonly thinkMs: string;
  readonly echo: boolean;
}

const help = `
Ports (--free-ports takes any, and NATS another one when its own is taken):
${Object.values(usualPorts)
  .map(({ name, port }) => `  ${port}  ${name}`)
  .join("\n")}

Every setting of docs/config.md is read from the environment, for example MIO_LOG_LEVEL=debug.
Ctrl-C drains: no new webhooks, what is in flight finishes, then the servers stop. A second Ctrl-C ends at once.`;

export function register(program: Command, io: Io): void {
  program
    .command("up")
    .description("run the whole fleet on this machine, with simulated chat platforms to try it on")
    .option("--data <dir>", "keep state in this folder (default: .mio)")
    .addOption(new Option("--memory", "keep nothing").conflicts(["data", "external"]))
    .addOption(new Option("--external", "use the NATS, Postgres and blobs that MIO_* name").conflicts("data"))
    .option("--free-ports", "listen on any free ports instead of the usual ones")
    .option("--no-echo", "leave the messages to your own agent")
    .option("--think-ms <ms>", "how long the echo agent shows 'thinking…'", "800")
    .option("--verbose", "print every log line")
    .option("--json", "print the addresses as one JSON object, and logs as JSON on stderr")
    .addHelpText("after", help)
    .action((options: Options) => up(options, io));
}

const anyPorts = { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 };

async function up(options: Options, io: Io): Promise<void> {
  const thinkMs = toThinkMs(options.thinkMs);
  const { createLogger } = await import("@mio/service-kit");
  const { startFleet } = await import("@mio/all-in-one");
  const storage = toStorage(options, io);
  const loggerOf = (service: string): Logger =>
    createLogger({
      service,
      level: options.verbose ? "info" : "warn",
      pretty: !options.json,
      destination: { write: (line) => io.note(line.trimEnd()) },
    });
  await using fleet = await startFleet({
    storage,
    natsBinary: storage.kind === "external" ? "" : await natsBinary(io),
    env: io.env,
    ports: options.freePorts ? anyPorts : await portsOfTheirOwn(),
    echo: options.echo,
    loggerOf,
    thinkMs,
    onProgress: (line) => io.note(`mio: ${line}`),
  }).catch((error: unknown) => {
    throw explain(error);
  });
  if (options.json) io.out(JSON.stringify({ ok: true, ...fleet.urls }));
  else for (const line of welcome(fleet.urls, storage)) io.out(line);
  const failure = await untilAborted(io.signal, fleet.failed);
  if (failure !== undefined) throw failure;
  io.note("mio: draining (Ctrl-C again to end at once)");
}

async function portsOfTheirOwn(): Promise<FleetPorts> {
  const { workbench, gateway, cliq, slack, ops, nats } = usualPorts;
  return {
    workbench: workbench.port,
    gateway: gateway.port,
    cliq: cliq.port,
    slack: slack.port,
    ops: ops.port,
    nats: await freeOrAny(nats.port),
  };
}

/** Agents look for NATS on its usual port; another NATS there is no reason not to start. */
async function freeOrAny(port: number): Promise<number> {
  const server = createServer();
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  server.once("error", () => settle(false));
  server.listen(port, "127.0.0.1", () => server.close(() => settle(true)));
  return (await promise) ? port : 0;
}

function toStorage(options: Options, io: Io): Storage {
  if (options.memory) return { kind: "memory" };
  if (options.external) return { kind: "external" };
  return { kind: "dir", dir: options.data === undefined ? join(io.root, ".mio") : resolve(options.data) };
}

function toThinkMs(text: string): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 0) return ms;
  throw new CliError(`--think-ms takes a whole number of milliseconds, not ${text}`, {
    exitCode: exitCodes.usage,
    next: "for example: ./mio up --think-ms 800",
  });
}

function welcome(
  urls: Readonly<Record<"workbench" | "cliq" | "slack" | "gateway" | "nats" | "ops", string>>,
  storage: Storage,
) {
  return [
    "",
    "  Mio is up.",
    "",
    `  Workbench        ${urls.workbench}`,
    `  Cliq simulator   ${urls.cliq}   type a message, watch the bot answer`,
    `  Slack simulator  ${urls.slack}   the same, with threads`,
    `  Webhooks         ${urls.gateway}/webhooks/zoho-cliq  …/webhooks/slack`,
    `  NATS             ${urls.nats}   where your agent connects`,
    `  Health, metrics  ${urls.ops}/readyz  ${urls.ops}/metrics`,
    `  State            ${storage.kind === "dir" ? storage.dir : storage.kind}`,
    "",
    "  Ctrl-C stops it.",
  ];
}

/** The one failure a newcomer meets: something else already listens. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) return error;
  const port = "port" in error ? ` ${String(error.port)}` : "";
  return new CliError(`port${port} is taken by another program`, {
    exitCode: exitCodes.environment,
    next: "stop that program (perhaps another ./mio up), or use ./mio up --free-ports",
    cause: error,
  });
}

/** Resolves with what cut it short, or with undefined when `signal` aborts; keeps the process alive meanwhile. */
async function untilAborted(signal: AbortSignal, failed: Promise<MioError>): Promise<MioError | undefined> {
  const { promise, resolve: stop } = Promise.withResolvers<undefined>();
  if (signal.aborted) stop(undefined);
  signal.addEventListener("abort", () => stop(undefined), { once: true });
  // A pending promise keeps no process alive; this timer does.
  const alive = setInterval(() => {}, 60_000);
  return await Promise.race([promise, failed]).finally(() => clearInterval(alive));
}
