import { connect, type Mio } from "@mio/sdk";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { buildOutput } from "../build-output.ts";
import { openServers } from "../fleet/servers.ts";
import { createStarter, type ServiceName, serviceProjects } from "../fleet/services.ts";
import { atPace, untilDone } from "../pace.ts";
import { percentile } from "../percentile.ts";

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

const rooms: readonly string[] = Array.from({ length: 20 }, (_, index) => `room-${index}`);

/** Measures the whole loop: people type, and echo answers with "thinking…" and edits that into the answer. */
export async function benchLoop(options: BenchLoopOptions): Promise<LoopReport> {
  const { rate, seconds, signal, onProgress } = options;
  onProgress("compiling, as images do");
  await buildOutput(serviceProjects, signal);
  await using stack = new AsyncDisposableStack();
  onProgress("starting servers, the simulated Cliq and the fleet");
  const servers = stack.use(await openServers({ ...options, syncAlways: true }));
  const cliq = stack.use(
    await startCliqSimulator({ channels: rooms, users: ["Alice"], maxMessages: 200_000 }),
  );
  const accountId = await servers.addAccount(cliq.organizationId);
  const limit = "UPDATE accounts SET rate_limit_per_second = 100000 WHERE id = $1";
  await servers.store.pool.query(limit, [accountId]);
  const start = await createStarter(servers, cliq);
  const run = async (name: ServiceName) => {
    const service = await start(name);
    stack.use(service.process);
    return service;
  };
  const gateway = await run("gateway");
  await Promise.all([run("media-vault"), run("sender-pool")]);
  await run("echo");
  cliq.setWebhook({ url: `${gateway.url}/webhooks/zoho-cliq` });
  const mio = stack.use(await connect({ servers: servers.natsUrl }));
  const talk = createTalk(cliq, signal);
  onProgress("warming up");
  await talk.say("warm", { perSecond: Math.min(rate, 50), seconds: 4 });
  const received = receive(mio, signal);
  onProgress(`open loop: ${rate} webhooks/s for ${seconds} s`);
  const said = await talk.say("said", { perSecond: rate, seconds });
  await untilDone(() => said.every(({ text }) => received.has(text)), { seconds: 10, signal });
  const report: LoopReport = toReport(rate, said, { received, cliq });
  return report;
}

interface Said {
  readonly text: string;
  readonly at: number;
  readonly status: number;
  readonly ms: number;
}

function createTalk(cliq: CliqSimulator, signal: AbortSignal) {
  return {
    /** Resolves when every accepted message has an answer, at most half a minute after the last. */
    async say(
      name: string,
      pace: { readonly perSecond: number; readonly seconds: number },
    ): Promise<readonly Said[]> {
      const said: Said[] = [];
      await atPace({ ...pace, signal }, async (index) => {
        const text = `${name} ${index}`;
        const at = Date.now();
        const { deliveries } = await cliq.say({
          chat: rooms[index % rooms.length] ?? "",
          user: "Alice",
          text,
        });
        const [delivery] = deliveries;
        said.push({ text, at, status: delivery?.status ?? 0, ms: delivery?.ms ?? 0 });
      });
      const acked = said.filter(({ status }) => status === 200);
      const isAnswered = () => {
        const answers = new Set(cliq.visiblePosts().map(({ text }) => text));
        return acked.every(({ text }) => answers.has(`echo: ${text}`));
      };
      await untilDone(isAnswered, { seconds: 30, signal });
      return said;
    },
  };
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
  readonly cliq: CliqSimulator;
}

function toReport(rate: number, said: readonly Said[], { received, cliq }: Seen): LoopReport {
  const acked = said.filter(({ status }) => status === 200);
  const posts = Map.groupBy(cliq.visiblePosts(), ({ text }) => text);
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
    answer_posted: toHop(firsts.map(({ at, first }) => first.postedAt.getTime() - at)),
    edit_shown: toHop(
      firsts.flatMap(({ at, first }) => first.revisions.slice(-1).map((last) => last.at.getTime() - at)),
    ),
    lost: answers.filter(({ posts: all }) => all.length === 0).length,
    duplicated: answers.reduce((sum, { posts: all }) => sum + Math.max(0, all.length - 1), 0),
  };
}

function toHop(values: readonly number[]): Hop {
  return { p50_ms: percentile(values, 0.5), p99_ms: percentile(values, 0.99) };
}
