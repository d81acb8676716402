import { MioError } from "@mio/failure";
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { Bus } from "./connection.ts";
import { jetStreamCodes } from "./jetstream-error.ts";
import { assertServer } from "./server-version.ts";
import { type StreamDeclaration, type StreamKey, streams } from "./topology.ts";

export interface EnsureStreamsOptions {
  /** Copies in a cluster: 1, 3 or 5. */
  readonly replicas: number;
  readonly storage: "file" | "memory";
  /** Default: all of them. */
  readonly only?: readonly StreamKey[];
}

/**
 * Creates the streams that are missing and raises the limits of those that are there.
 *
 * Never lowers replicas, age, window or size of an existing stream: whoever made it larger meant it.
 * Safe to call from several processes at once.
 *
 * @throws MioError `bus.stream_conflict` naming what cannot be changed, `bus.server_too_old`,
 * `bus.unavailable`.
 */
export async function ensureStreams(bus: Bus, options: EnsureStreamsOptions): Promise<void> {
  await assertServer(bus);
  for (const key of options.only ?? streamKeys) await ensureStream(bus, streams[key], options);
}

const streamKeys: readonly StreamKey[] = [
  "inbound",
  "enriched",
  "outbound",
  "scheduled",
  "deadLetters",
  "receipts",
];

type WantedConfig = Pick<
  StreamConfig,
  | "name"
  | "subjects"
  | "retention"
  | "storage"
  | "num_replicas"
  | "max_age"
  | "duplicate_window"
  | "max_bytes"
  | "max_msg_size"
  | "discard"
> &
  Partial<Pick<StreamConfig, "republish" | "allow_msg_schedules" | "allow_rollup_hdrs">>;

async function ensureStream(
  bus: Bus,
  stream: StreamDeclaration,
  options: EnsureStreamsOptions,
): Promise<void> {
  const wanted = toStreamConfig(stream, options);
  try {
    const existing = await findStream(bus, stream.name);
    if (existing !== undefined) await grow(bus, existing, wanted);
    else await add(bus, wanted);
  } catch (error) {
    throw toConflict(stream.name, error);
  }
}

async function add(bus: Bus, wanted: WantedConfig): Promise<void> {
  try {
    await bus.jsm.streams.add(wanted);
  } catch (error) {
    if (!hasCode(error, jetStreamCodes.streamNameInUse)) throw error;
    // Another process was faster, perhaps with smaller limits.
    await grow(bus, (await bus.jsm.streams.info(wanted.name)).config, wanted);
  }
}

async function grow(bus: Bus, existing: StreamConfig, wanted: WantedConfig): Promise<void> {
  assertCompatible(existing, wanted);
  const merged = growStreamConfig(existing, wanted);
  const changed = Object.entries(merged).some(
    ([name, value]) => JSON.stringify(Reflect.get(existing, name)) !== JSON.stringify(value),
  );
  if (changed) await bus.jsm.streams.update(wanted.name, merged);
}

/** The declaration as the server wants it. */
export function toStreamConfig(stream: StreamDeclaration, options: EnsureStreamsOptions): WantedConfig {
  const inMemory = options.storage === "memory";
  return {
    name: stream.name,
    subjects: [...stream.subjects],
    retention: stream.retention === "workqueue" ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: inMemory ? StorageType.Memory : StorageType.File,
    num_replicas: options.replicas,
    max_age: nanos(stream.maxAgeMs),
    duplicate_window: nanos(stream.duplicateWindowMs),
    max_bytes: inMemory && stream.maxBytes > 0 ? stream.maxBytes / 8 : stream.maxBytes,
    max_msg_size: stream.maxMessageBytes,
    discard: stream.discard === "new" ? DiscardPolicy.New : DiscardPolicy.Old,
    ...(stream.bell && { republish: { src: stream.bell.from, dest: stream.bell.to, headers_only: true } }),
    // A schedule that is set anew takes the place of the former one.
    ...(stream.keepsSchedules && { allow_msg_schedules: true, allow_rollup_hdrs: true }),
  };
}

/** The settings to update: the larger of both, where 0 and -1 mean without limit. */
export function growStreamConfig(existing: WantedConfig, wanted: WantedConfig): Partial<StreamConfig> {
  return {
    subjects: [...new Set([...existing.subjects, ...wanted.subjects])],
    num_replicas: Math.max(existing.num_replicas, wanted.num_replicas),
    max_age: larger(existing.max_age, wanted.max_age),
    duplicate_window: Math.max(existing.duplicate_window, wanted.duplicate_window),
    max_bytes: larger(existing.max_bytes, wanted.max_bytes),
    max_msg_size: larger(existing.max_msg_size, wanted.max_msg_size),
    discard: wanted.discard,
    ...(wanted.republish && { republish: wanted.republish }),
    ...(wanted.allow_msg_schedules && { allow_msg_schedules: true, allow_rollup_hdrs: true }),
  };
}

function larger(existing: number, wanted: number): number {
  return existing <= 0 || wanted <= 0 ? existing : Math.max(existing, wanted);
}

function assertCompatible(existing: StreamConfig, wanted: WantedConfig): void {
  const conflicts: string[] = [];
  if (existing.retention !== wanted.retention) {
    conflicts.push(`retention is ${existing.retention}, needed is ${wanted.retention}`);
  }
  if (existing.storage === StorageType.Memory && wanted.storage === StorageType.File) {
    conflicts.push("storage is memory, needed is file");
  }
  if (conflicts.length === 0) return;
  throw new MioError(
    "bus.stream_conflict",
    `Stream ${wanted.name} exists and cannot be changed: ${conflicts.join("; ")}.`,
    { details: { stream: wanted.name } },
  );
}

async function findStream(bus: Bus, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await bus.jsm.streams.info(name)).config;
  } catch (error) {
    if (hasCode(error, jetStreamCodes.streamNotFound)) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

function toConflict(stream: string, error: unknown): MioError {
  if (error instanceof MioError) return error;
  if (error instanceof JetStreamApiError) {
    return new MioError("bus.stream_conflict", `Stream ${stream} cannot be made: ${error.message}.`, {
      details: { stream, err_code: error.code },
      cause: error,
    });
  }
  return new MioError("bus.unavailable", "NATS did not answer about its streams.", {
    retry: "soon",
    cause: error,
  });
}
