import { join, resolve } from "node:path";
import type { Storage } from "@mio/all-in-one";
import type { MioError } from "@mio/failure";
import type { Logger, LogLevel } from "@mio/service-kit";
import { type Command, Option } from "commander";
import { z } from "zod";
import type { Io } from "../io.ts";
import { natsBinary } from "../nats-binary.ts";
import { anyPorts, choosePorts, portsTaken } from "../up/choose-ports.ts";
import { prepareFolder } from "../up/prepare-folder.ts";
import { usualPorts } from "../usual-ports.ts";
import { path, wholeNumber } from "../values.ts";

interface Options {
  readonly data?: string;
  readonly memory?: true;
  readonly external?: true;
  readonly freePorts?: true;
  readonly verbose?: true;
  readonly json?: true;
  readonly thinkMs: number;
  readonly echo: boolean;
}

const help = `
Ports (--free-ports uses any free ones; NATS uses another one if its own is taken):
${Object.values(usualPorts)
  .map(({ name, port }) => `  ${port}  ${name}`)
  .join("\n")}

The environment can hold the settings of docs/config.md, for example
MIO_LOG_LEVEL=debug. The platforms are simulated, so up ignores SLACK_*, CLIQ_*
and MIO_SECRETS_DIR, and without --external the addresses of servers. A warning
names the ignored settings.

Ctrl-C drains and exits 0: up accepts no new webhooks, finishes the work in
flight and stops the servers. A second Ctrl-C exits immediately with 130.`;

export function register(program: Command, io: Io): void {
  program
    .command("up")
    .description("run the whole fleet on this machine, with simulated chat platforms")
    .option("--data <dir>", "keep state in this folder (default: .mio)", path)
    .addOption(new Option("--memory", "keep no state").conflicts(["data", "external"]))
    .addOption(new Option("--external", "use the NATS, Postgres and blobs of MIO_*").conflicts("data"))
    .option("--free-ports", "listen on any free ports instead of the default ones")
    .option("--no-echo", "do not start the echo agent; your agent answers")
    .option("--think-ms <ms>", "how long the echo agent shows 'thinking…'", thinkTime, 800)
    .option("--verbose", "print every log line, like MIO_LOG_LEVEL=info")
    .option("--json", "print the addresses as one JSON object, and logs as JSON on stderr")
    .addHelpText("after", help)
    .action((options: Options) => up(options, io));
}

const thinkTime = wholeNumber({ min: 0, max: 600_000 });

async function up(options: Options, io: Io): Promise<void> {
  const level = await chooseLogLevel(options, io);
  const storage = toStorage(options, io);
  const ports = options.freePorts ? anyPorts : await choosePorts(usualPorts);
  if (storage.kind === "dir") await prepareFolder(storage.dir);
  const { createLogger, loadPretty, sizeHeap } = await import("@mio/service-kit");
  sizeHeap();
  const pretty = !options.json && (await loadPretty());
  const { startFleet } = await import("@mio/all-in-one");
  const loggerOf = (service: string): Logger =>
    createLogger({
      service,
      level,
      pretty,
      destination: { write: (line) => io.note(line.trimEnd()) },
    });
  await using fleet = await startFleet({
    storage,
    natsBinary: storage.kind === "external" ? "" : await natsBinary(io),
    env: io.env,
    ports,
    echo: options.echo,
    loggerOf,
    thinkMs: options.thinkMs,
    onProgress: (line) => io.note(`mio: ${line}`),
  }).catch((error: unknown) => {
    throw explain(error);
  });
  io.signal.throwIfAborted();
  if (options.json) io.out(JSON.stringify({ ok: true, ...fleet.urls }));
  else for (const line of welcome(fleet.urls, storage)) io.out(line);
  const failure = await untilAborted(io.signal, fleet.failed);
  if (failure !== undefined) throw failure;
  io.note("mio: draining (Ctrl-C again to exit immediately)");
}

/** MIO_LOG_LEVEL takes precedence over --verbose. */
async function chooseLogLevel({ verbose }: Options, { env }: Io): Promise<LogLevel> {
  const { baseConfig, loadConfig } = await import("@mio/service-kit");
  const level = baseConfig.MIO_LOG_LEVEL.removeDefault().default(verbose ? "info" : "warn");
  return loadConfig(z.object({ MIO_LOG_LEVEL: level }), env).MIO_LOG_LEVEL;
}

function toStorage(options: Options, io: Io): Storage {
  if (options.memory) return { kind: "memory" };
  if (options.external) return { kind: "external" };
  return { kind: "dir", dir: options.data === undefined ? join(io.root, ".mio") : resolve(options.data) };
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

/** Another program may take a port after the check and before its use. */
function explain(error: unknown): unknown {
  const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
  return isTaken && "port" in error ? portsTaken([Number(error.port)], error) : error;
}

/** Resolves with the failure of the fleet, or with undefined when `signal` aborts. Keeps the process alive until then. */
async function untilAborted(signal: AbortSignal, failed: Promise<MioError>): Promise<MioError | undefined> {
  const { promise, resolve: stop } = Promise.withResolvers<undefined>();
  if (signal.aborted) stop(undefined);
  signal.addEventListener("abort", () => stop(undefined), { once: true });
  // A pending promise does not keep a process alive; this timer does.
  const alive = setInterval(() => {}, 60_000);
  return await Promise.race([promise, failed]).finally(() => clearInterval(alive));
}
