import { connect, type Mio } from "@mio/sdk";
import type { ServiceName } from "@mio/tools";
import { buildOutput } from "../build-output.ts";
import { openServers } from "../fleet/servers.ts";
import { createStarter } from "../fleet/services.ts";
import { percentile } from "../numbers.ts";
import { untilDone } from "../pace.ts";
import type { Post, Said } from "../platform/protocol.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

export interface BenchLoopOptions {
  readonly natsBinary: string;
  /** The environment in which to look for Postgres. */
  readonly env: NodeJS.ProcessEnv;
  /** Webhooks per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** The measured load itself, so that the compiler is not measured; a slowest hundredth is ten messages only. */
const warmUpSeconds = 10;

/** Time since the webhook was sent, in ms. */
export interface Hop {
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** The output of `mio bench loop --json`. */
export interface LoopReport {
  readonly rate: number;
  readonly offered: number;
  readonly acked: number;
  /** Of the webhook itself. */
  readonly webhook_answered: Hop;
  /** An agent has the message. */
  readonly agent_received: Hop;
  /** The platform shows "thinking…". */
  readonly answer_posted: Hop;
  /** The platform shows the answer. */
  readonly edit_shown: Hop;
  /** Answered with 200, but without an answer in the chat. */
  readonly lost: number;
  /** Answers beyond the first. */
  readonly duplicated: number;
}

/** Measures the whole loop: people type, and echo answers with "thinking…" and edits that into the answer. */
export async function benchLoop(options: BenchLoopOptions): Promise<LoopReport> {
  const { rate, seconds, signal, onProgress } = options;
  onProgress("building, as images do");
  await buildOutput(["gateway", "media-vault", "sender-pool", "echo"], signal);
  await using stack = new AsyncDisposableStack();
  onProgress("starting servers, the simulated Cliq and the fleet");
  const servers = stack.use(await openServers({ ...options, syncAlways: true }));
  const platform = stack.use(await startPlatform());
  const accountId = await servers.addAccount(platform.access.organizationId);
  const limit = "UPDATE accounts SET rate_limit_per_second = 100000 WHERE id = $1";
  await servers.store.pool.query(limit, [accountId]);
  const start = await createStarter(servers, platform.access);
  const run = async (name: ServiceName) => {
    const service = await start(name);
    stack.use(service.process);
    return service;
  };
  const gateway = await run("gateway");
  await Promise.all([run("media-vault"), run("sender-pool")]);
  await run("echo");
  const mio = stack.use(await connect({ servers: servers.natsUrl }));
  const people = { platform, webhookUrl: `${gateway.url}/webhooks/zoho-cliq`, signal };
  onProgress("warming up");
  await talk(people, { name: "warm", perSecond: rate, seconds: warmUpSeconds });
  const received = receive(mio, signal);
  onProgress(`open loop: ${rate} webhooks/s for ${seconds} s`);
  const said = await talk(people, { name: "said", perSecond: rate, seconds });
  await untilDone(() => said.every(({ text }) => received.has(text)), { seconds: 10, signal });
  const report: LoopReport = toReport(rate, said, { received, posts: await platform.posts() });
  return report;
}

interface People {
  readonly platform: Platform;
  readonly webhookUrl: string;
  readonly signal: AbortSignal;
}

interface Pace {
  readonly name: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Resolves when every accepted message has a post and its edit, at most half a minute after the last. */
async function talk({ platform, webhookUrl, signal }: People, pace: Pace): Promise<readonly Said[]> {
  const before = await platform.count();
  const said = await platform.talk({ ...pace, webhookUrl });
  const acked = said.filter(({ status }) => status === 200).length;
  const isAnswered = async (): Promise<boolean> => {
    const { post, edit } = await platform.count();
    return post - before.post >= acked && edit - before.edit >= acked;
  };
  await untilDone(isAnswered, { seconds: 30, signal });
  return said;
}

/** When a separate agent received each text. */
function receive(mio: Mio, signal: AbortSignal): ReadonlyMap<string, number> {
  const received = new Map<string, number>();
  const read = async (): Promise<void> => {
    for await (const { message } of mio.messages({ durable: "bench-loop", startFrom: "new", signal })) {
      if (!received.has(message.text)) received.set(message.text, Date.now());
    }
  };
  // It ends with the connection, after the measurement.
  read().catch(() => undefined);
  return received;
}

interface Seen {
  readonly received: ReadonlyMap<string, number>;
  readonly posts: readonly Post[];
}

function toReport(rate: number, said: readonly Said[], { received, posts: shown }: Seen): LoopReport {
  const acked = said.filter(({ status }) => status === 200);
  const posts = Map.groupBy(shown, ({ text }) => text);
  const answers = acked.map((one) => ({ ...one, posts: posts.get(`echo: ${one.text}`) ?? [] }));
  const firsts = answers.flatMap(({ at, posts: [first] }) => (first === undefined ? [] : [{ at, first }]));
  return {
    rate,
    offered: said.length,
    acked: acked.length,
    webhook_answered: toHop(acked.map(({ ms }) => ms)),
    agent_received: toHop(
      acked.flatMap(({ text, at }) => {
        const then = received.get(text);
        return then === undefined ? [] : [then - at];
      }),
    ),
    answer_posted: toHop(firsts.map(({ at, first }) => first.at - at)),
    edit_shown: toHop(firsts.flatMap(({ at, first }) => first.editedAt.slice(-1).map((last) => last - at))),
    lost: answers.filter(({ posts: all }) => all.length === 0).length,
    duplicated: answers.reduce((sum, { posts: all }) => sum + Math.max(0, all.length - 1), 0),
  };
}

function toHop(values: readonly number[]): Hop {
  return { p50_ms: percentile(values, 0.5), p99_ms: percentile(values, 0.99) };
}
