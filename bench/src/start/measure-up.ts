import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MioError } from "@mio/failure";

/** Milliseconds from the command `./mio up`. */
export interface UpTimes {
  /** The command line has loaded its modules and starts the servers. */
  readonly loaded: number;
  /** nats-server and Postgres run, and the schema is up to date. */
  readonly servers: number;
  /** Every service runs, and the addresses are printed. */
  readonly ready: number;
  /** The platform shows "thinking…", the answer to a message that was typed at `ready`. */
  readonly answering: number;
  /** The platform shows the answer. */
  readonly answered: number;
}

const launcher = fileURLToPath(new URL("../../../mio", import.meta.url));

/** Runs `./mio up`, types a message as soon as it is ready, and stops it after the answer. */
export async function measureUp(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<UpTimes> {
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  const up = spawn(launcher, ["up", "--free-ports", "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, MIO_LOG_LEVEL: "error" },
    signal,
  });
  const ended = once(up, "exit");
  try {
    const progress: { readonly line: string; readonly at: number }[] = [];
    createInterface(up.stderr).on("line", (line) => progress.push({ line, at: elapsed() }));
    const { cliq } = await firstLine(up.stdout);
    const ready = elapsed();
    const answers = await askEcho(cliq, elapsed);
    const at = (text: string): number => progress.find(({ line }) => line.includes(text))?.at ?? ready;
    return { loaded: at("starting nats-server"), servers: at("starting sender-pool"), ready, ...answers };
  } finally {
    up.kill("SIGTERM");
    await ended;
  }
}

async function firstLine(stdout: NodeJS.ReadableStream): Promise<{ readonly cliq: string }> {
  for await (const line of createInterface(stdout)) return JSON.parse(line);
  throw new MioError("bench.load_failed", "./mio up ended before it was ready.");
}

interface Posts {
  readonly posts: readonly { readonly text: string }[];
}

/** Types a message in the simulated Cliq and watches the answer of echo. */
async function askEcho(
  cliq: string,
  elapsed: () => number,
): Promise<Pick<UpTimes, "answering" | "answered">> {
  const said = await fetch(`${cliq}/sim/say`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chat: "general", user: "Ana", text: "hello" }),
  });
  if (!said.ok) throw new MioError("bench.load_failed", `The simulated Cliq answered ${said.status}.`);
  let answering: number | undefined;
  for (const giveUpAt = elapsed() + 30_000; elapsed() < giveUpAt; await sleep(5)) {
    const response = await fetch(`${cliq}/sim/posts`);
    const { posts }: Posts = JSON.parse(await response.text());
    if (posts.length > 0) answering ??= elapsed();
    if (posts.some(({ text }) => text === "echo: hello"))
      return { answering: answering ?? elapsed(), answered: elapsed() };
  }
  throw new MioError("bench.load_failed", "Echo did not answer within half a minute.");
}
