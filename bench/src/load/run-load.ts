import { build, type Histogram } from "hdr-histogram-js";
import { type Connection, openConnection } from "./connection.ts";
import type { LoadPlan, LoadResult } from "./plan.ts";
import { toRequest } from "./requests.ts";

/** Runs a plan. Builds the requests of an open loop beforehand, so that building them costs no latency. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const { hostname, port, host, pathname } = new URL(plan.url);
  const target = { host, path: pathname, secret: plan.secret, run: plan.run };
  using stack = new DisposableStack();
  const connections: Connection[] = [];
  for (let at = 0; at < plan.connections; at += 1) {
    connections.push(stack.use(await openConnection(hostname, Number(port))));
  }
  const tally = createTally();
  const started = performance.now();
  if (plan.ratePerSecond === undefined) {
    await closedLoop(connections, { ...plan, started, toBytes: (index) => toRequest(index, target) }, tally);
  } else {
    const count = Math.round(plan.ratePerSecond * plan.seconds);
    const requests = Array.from({ length: count }, (_, index) => toRequest(index, target));
    await openLoop(connections, { requests, intervalMs: 1000 / plan.ratePerSecond }, tally);
  }
  const result: LoadResult = tally.result();
  return result;
}

interface Tally {
  add(answer: { readonly index: number; readonly status: number; readonly latencyMs: number }): void;
  result(): LoadResult;
}

function createTally(): Tally {
  const latencies: Histogram = build({
    highestTrackableValue: 120_000_000,
    numberOfSignificantValueDigits: 3,
  });
  const statuses: Record<string, number> = {};
  const notAcked: number[] = [];
  let offered = 0;
  const started = performance.now();
  return {
    add({ index, status, latencyMs }) {
      offered += 1;
      if (status !== 200) notAcked.push(index);
      statuses[status] = (statuses[status] ?? 0) + 1;
      latencies.recordValue(Math.max(1, Math.round(latencyMs * 1000)));
    },
    result: () => ({
      offered,
      acked: statuses["200"] ?? 0,
      notAcked,
      statuses,
      perSecond: Math.round(((statuses["200"] ?? 0) / (performance.now() - started)) * 1000),
      p50Ms: latencies.getValueAtPercentile(50) / 1000,
      p99Ms: latencies.getValueAtPercentile(99) / 1000,
      p999Ms: latencies.getValueAtPercentile(99.9) / 1000,
      maxMs: latencies.maxValue / 1000,
    }),
  };
}

interface ClosedLoop {
  readonly started: number;
  readonly seconds: number;
  readonly toBytes: (index: number) => Buffer;
}

async function closedLoop(connections: readonly Connection[], loop: ClosedLoop, tally: Tally): Promise<void> {
  const until = loop.started + loop.seconds * 1000;
  let next = 0;
  const drive = async (connection: Connection): Promise<void> => {
    while (performance.now() < until) {
      const index = next++;
      const request = loop.toBytes(index);
      const sent = performance.now();
      const status = await connection.send(request).catch(() => 0);
      tally.add({ index, status, latencyMs: performance.now() - sent });
    }
  };
  await Promise.all(connections.map(drive));
}

interface Due {
  readonly index: number;
  readonly request: Buffer;
  /** When it is due, whether or not a connection is free then. */
  readonly at: number;
}

interface OpenLoop {
  readonly requests: readonly Buffer[];
  readonly intervalMs: number;
}

/** Request n is due at n × interval. Without a free connection it waits, and the wait counts. */
async function openLoop(connections: readonly Connection[], loop: OpenLoop, tally: Tally): Promise<void> {
  const { requests, intervalMs } = loop;
  const idle = [...connections];
  const waiting: Due[] = [];
  const done = Promise.withResolvers<void>();
  const started = performance.now();
  let finished = 0;
  const dispatch = (connection: Connection, { index, request, at }: Due): void => {
    void connection
      .send(request)
      .catch(() => 0)
      .then((status) => {
        tally.add({ index, status, latencyMs: performance.now() - at });
        finished += 1;
        if (finished === requests.length) done.resolve();
        const due = waiting.shift();
        if (due === undefined) idle.push(connection);
        else dispatch(connection, due);
      });
  };
  let next = 0;
  const tick = (): void => {
    const now = performance.now();
    for (; next < requests.length && started + next * intervalMs <= now; next += 1) {
      const due = {
        index: next,
        request: requests[next] ?? Buffer.alloc(0),
        at: started + next * intervalMs,
      };
      const connection = idle.pop();
      if (connection === undefined) waiting.push(due);
      else dispatch(connection, due);
    }
    if (next < requests.length) setTimeout(tick, 1);
  };
  tick();
  await done.promise;
}
