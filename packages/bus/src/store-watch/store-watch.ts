import { MioError, toMioError } from "@mio/failure";
import { type Clock, systemClock } from "@mio/pacing";
import type { Logger, Metrics, Probe, Worker } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import { toUnavailable } from "../connect/request-mux.ts";
import { type EnsureStreamsOptions, ensureStreams } from "../topology/ensure-streams.ts";
import { type StreamKey, streams } from "../topology/topology.ts";
import { checkStream } from "./check-stream.ts";
import { createIncidents, type Incidents, type Look } from "./incidents.ts";
import { orAborted } from "./or-aborted.ts";
import { createProbeStream, probeStream } from "./probe-stream.ts";
import { createStreamRecord, type StreamRecord } from "./stream-record.ts";
import type { Trouble } from "./trouble.ts";
import { createWaiting } from "./waiting.ts";

export interface StoreWatchOptions extends Pick<EnsureStreamsOptions, "replicas" | "storage"> {
  readonly bus: Bus;
  /** The service of the watch, a subject token. */
  readonly service: string;
  /** The streams that the service reads or writes. */
  readonly streams: readonly StreamKey[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

export interface StoreWatch {
  /** Checks every three seconds, every second during an incident, and creates missing streams. */
  readonly worker: Worker;
  /** Fails while a stream stores nothing, and until all were checked once. */
  readonly probe: Probe;
  /** The streams in trouble, by name. */
  troubles(): ReadonlyMap<string, Trouble>;
}

const calmMs = 3_000;
const alarmedMs = 1_000;
const timeoutMs = 1_500;
const freshMs = 2_000;
/** While its disk is full, nats-server logs an error for each try. */
const replaceEveryMs = 5_000;

/**
 * Checks whether NATS stores the messages of a service, also while the service publishes nothing. Within ten seconds it
 * detects a stream that is missing, refuses everything, has no leader or no quorum, or cannot be written because the disk
 * is full. It detects the recovery as fast. docs/operate/health.md lists what it cannot detect.
 */
export function createStoreWatch(options: StoreWatchOptions): StoreWatch {
  const { bus, clock = systemClock } = options;
  const incidents = createIncidents(options);
  const own = createProbeStream({ ...options, timeoutMs });
  const used = options.streams.map((key) => streams[key]);
  const reach = { bus, timeoutMs, freshMs };
  const records = new Map([...used, probeStream].map(({ name }) => [name, createStreamRecord()]));
  const looked = Promise.withResolvers<void>();
  let replacedAt = Number.NEGATIVE_INFINITY;

  const checkOwn = async (): Promise<Trouble | undefined> => {
    const found = await checkStream({ ...probeStream, write: own.write }, reach);
    // It has no messages of use, so its absence is not an incident.
    return found?.kind === "missing" ? ((await own.ensure()) ?? (await own.write())) : found;
  };
  const look = async (): Promise<readonly Look[]> => {
    const looks = [
      ...used.map((stream) => [stream.name, checkStream(stream, reach)] as const),
      [probeStream.name, checkOwn()] as const,
    ];
    return await Promise.all(looks.map(async ([stream, found]) => ({ stream, found: await found })));
  };
  const replaceOwn = async (): Promise<void> => {
    const now = clock.now().getTime();
    const isDue = now - replacedAt >= replaceEveryMs;
    if (!isDue || records.get(probeStream.name)?.trouble?.kind !== "cannot_write") return;
    replacedAt = now;
    await own.replace();
  };
  const round = async (): Promise<void> => {
    const looks = await look();
    // The connection was lost meanwhile, so the answers say nothing about the streams.
    if (!bus.isConnected()) return;
    incidents.report(records, looks);
    looked.resolve();
    await makeMissing(options, looks, incidents);
    await replaceOwn();
  };
  const troubles = (): ReadonlyMap<string, Trouble> =>
    new Map([...records].flatMap(([name, { trouble }]) => (trouble === undefined ? [] : [[name, trouble]])));

  return {
    worker: {
      name: "store-watch",
      run: async (signal) => {
        const waiting = createWaiting(clock, signal);
        using stack = new DisposableStack();
        stack.defer(
          bus.onReconnect(() => {
            for (const record of records.values()) record.doubt();
            waiting.end();
          }),
        );
        // A stop must not wait for a server that may not answer.
        await orAborted(own.ensure(), signal);
        while (!signal.aborted) {
          if (bus.isConnected()) await orAborted(round(), signal);
          await waiting.pause(troubles().size > 0 ? alarmedMs : calmMs);
        }
      },
    },
    probe: {
      name: "nats-store",
      neededTo: "finish",
      // Right after the start it waits for the first check.
      check: async () => {
        if (bus.isConnected()) await looked.promise;
        assertStores(bus, records);
      },
    },
    troubles,
  };
}

async function makeMissing(
  options: StoreWatchOptions,
  looks: readonly Look[],
  incidents: Incidents,
): Promise<void> {
  const missing = looks.filter(({ found }) => found?.kind === "missing").map(({ stream }) => stream);
  const only = options.streams.filter((key) => missing.includes(streams[key].name));
  if (only.length === 0) return;
  try {
    await ensureStreams(options.bus, { ...options, only });
    incidents.made(only.map((key) => streams[key].name));
  } catch (error) {
    incidents.notMade(toMioError(error));
  }
}

/** @throws MioError `bus.unavailable`, `bus.cannot_store` */
function assertStores(bus: Pick<Bus, "isConnected">, records: ReadonlyMap<string, StreamRecord>): void {
  if (!bus.isConnected()) throw toUnavailable();
  const wrong = [...records].filter(([, { state }]) => state !== "stores");
  if (wrong.length === 0) return;
  const reasons = wrong.map(([name, { trouble }]) => `${name}: ${trouble?.reason ?? "not looked at yet"}`);
  throw new MioError("bus.cannot_store", reasons.join("; "), { retry: "soon" });
}
