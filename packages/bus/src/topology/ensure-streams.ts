import { MioError } from "@mio/failure";
import { jetStreamCodes } from "@mio/jetstream";
import { StorageType, type StreamConfig } from "@nats-io/jetstream";
import type { Bus } from "../connect/connection.ts";
import { hasApiCode, toConflict } from "../connect/jetstream-error.ts";
import { assertServer } from "./server-version.ts";
import { type StreamPlacement, toStreamChanges, toStreamConfig } from "./stream-config.ts";
import { type StreamDeclaration, type StreamKey, streams } from "./topology.ts";

export interface EnsureStreamsOptions extends StreamPlacement {
  /** Default: all of them. */
  readonly only?: readonly StreamKey[];
}

/**
 * Creates missing streams and updates existing ones to their declaration. Settings that an operator changed stay: limits,
 * age, window and the discard policy. Replicas are raised, never lowered.
 *
 * It costs one request per stream when nothing changes, so it may be called repeatedly, and by several processes at once.
 * The failure of one stream does not stop the others.
 *
 * @throws MioError the first of `bus.stream_conflict` with the setting that cannot be changed, `bus.storage_failed`,
 * `bus.server_too_old`, `bus.unavailable`.
 */
export async function ensureStreams(bus: Bus, options: EnsureStreamsOptions): Promise<void> {
  await assertServer(bus);
  const keys = options.only ?? streamKeys;
  const ensured = await Promise.allSettled(keys.map((key) => ensureStream(bus, streams[key], options)));
  for (const one of ensured) if (one.status === "rejected") throw one.reason;
}

const streamKeys: readonly StreamKey[] = [
  "inbound",
  "attachments",
  "enriched",
  "outbound",
  "scheduled",
  "deadLetters",
  "receipts",
];

async function ensureStream(bus: Bus, stream: StreamDeclaration, placement: StreamPlacement): Promise<void> {
  const { name } = stream;
  try {
    const existing = (await findStream(bus, name)) ?? (await add(bus, stream, placement));
    if (existing === undefined) return;
    assertCompatible(existing, toStreamConfig(stream, placement));
    const changes = toStreamChanges(stream, existing, placement);
    if (changes !== undefined) await bus.jsm.streams.update(name, changes);
  } catch (error) {
    throw toConflict(error, `Stream ${name}`, { stream: name });
  }
}

/** Returns undefined when it was created, or the stream if another process was faster, perhaps with other settings. */
async function add(
  bus: Bus,
  stream: StreamDeclaration,
  placement: StreamPlacement,
): Promise<StreamConfig | undefined> {
  try {
    await bus.jsm.streams.add(toStreamConfig(stream, placement));
    return undefined;
  } catch (error) {
    if (!hasApiCode(error, jetStreamCodes.streamNameInUse)) throw error;
    return (await bus.jsm.streams.info(stream.name)).config;
  }
}

function assertCompatible(
  existing: StreamConfig,
  wanted: Pick<StreamConfig, "name" | "retention" | "storage">,
): void {
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
    if (hasApiCode(error, jetStreamCodes.streamNotFound)) return undefined;
    throw error;
  }
}
