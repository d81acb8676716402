import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { StreamDeclaration } from "./topology.ts";

/** Settings that an operator may change on an existing stream. */
type Limits = Pick<StreamConfig, "max_age" | "duplicate_window" | "max_bytes" | "max_msg_size" | "discard">;

/** The configuration of a stream that Mio sends to the server. */
export type WantedConfig = Limits &
  Pick<StreamConfig, "name" | "subjects" | "retention" | "storage" | "num_replicas" | "metadata"> &
  Partial<Pick<StreamConfig, "republish" | "allow_msg_schedules" | "allow_rollup_hdrs">>;

export interface StreamPlacement {
  /** Copies in a cluster: 1, 3 or 5. */
  readonly replicas: number;
  readonly storage: "file" | "memory";
}

/** The metadata key with Mio's last declaration. A value that differs from it was set by an operator. */
export const declaredKey = "mio.declared";

/** The declaration in the form of the server. */
export function toStreamConfig(
  stream: StreamDeclaration,
  { replicas, storage }: StreamPlacement,
): WantedConfig {
  const limits = toLimits(stream, storage === "memory" ? StorageType.Memory : StorageType.File);
  return {
    name: stream.name,
    subjects: [...stream.subjects],
    retention: stream.retention === "workqueue" ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: storage === "memory" ? StorageType.Memory : StorageType.File,
    num_replicas: replicas,
    ...limits,
    metadata: { [declaredKey]: JSON.stringify(limits) },
    ...(stream.notify && {
      republish: { src: stream.notify.from, dest: stream.notify.to, headers_only: true },
    }),
    // A new schedule replaces the former one.
    ...(stream.keepsSchedules && { allow_msg_schedules: true, allow_rollup_hdrs: true }),
  };
}

function toLimits(stream: StreamDeclaration, storage: StreamConfig["storage"]): Limits {
  return {
    max_age: nanos(stream.maxAgeMs),
    duplicate_window: nanos(stream.duplicateWindowMs),
    max_bytes: toMaxBytes(stream.maxBytes, storage),
    max_msg_size: stream.maxMessageBytes,
    discard: stream.discard === "new" ? DiscardPolicy.New : DiscardPolicy.Old,
  };
}

function toMaxBytes(onFile: number, storage: StreamConfig["storage"]): number {
  return storage === StorageType.Memory && onFile > 0 ? onFile / 8 : onFile;
}

/**
 * The settings of an existing stream that must change; undefined if none must.
 *
 * A limit follows the declaration while it has the last declared value. A different value was set by an operator and
 * stays. Replicas are raised, never lowered.
 */
export function toStreamChanges(
  stream: StreamDeclaration,
  existing: StreamConfig,
  placement: StreamPlacement,
): Partial<StreamConfig> | undefined {
  const { storage: _fixed, retention: _kept, ...wanted } = toStreamConfig(stream, placement);
  const limits = toLimits(stream, existing.storage);
  const merged = {
    ...wanted,
    ...mergeLimits(stream, existing, limits),
    subjects: [...new Set([...existing.subjects, ...wanted.subjects])],
    num_replicas: Math.max(existing.num_replicas, wanted.num_replicas),
    metadata: { ...existing.metadata, [declaredKey]: JSON.stringify(limits) },
  };
  const changed = Object.entries(merged).some(
    ([name, value]) => JSON.stringify(Reflect.get(existing, name)) !== JSON.stringify(value),
  );
  return changed ? merged : undefined;
}

function mergeLimits(stream: StreamDeclaration, existing: StreamConfig, wanted: Limits): Limits {
  const declared = readDeclared(existing);
  if (declared === undefined) return adopt(stream, existing, wanted);
  const merge = <Name extends keyof Limits>(name: Name): Limits[Name] =>
    existing[name] === declared[name] ? wanted[name] : existing[name];
  return {
    max_age: merge("max_age"),
    duplicate_window: merge("duplicate_window"),
    max_bytes: merge("max_bytes"),
    max_msg_size: merge("max_msg_size"),
    discard: merge("discard"),
  };
}

/** A stream without a recorded declaration, old or created by hand: low limits are raised, and our former size is lifted. */
function adopt(stream: StreamDeclaration, existing: StreamConfig, wanted: Limits): Limits {
  const isFormer =
    stream.formerMaxBytes !== undefined &&
    existing.discard === DiscardPolicy.Old &&
    existing.max_bytes === toMaxBytes(stream.formerMaxBytes, existing.storage);
  const { max_bytes, discard } = isFormer ? wanted : existing;
  return {
    max_age: larger(existing.max_age, wanted.max_age),
    duplicate_window: Math.max(existing.duplicate_window, wanted.duplicate_window),
    max_msg_size: larger(existing.max_msg_size, wanted.max_msg_size),
    max_bytes,
    discard,
  };
}

/** 0 and -1 mean no limit. */
function larger(existing: number, wanted: number): number {
  return existing <= 0 || wanted <= 0 ? existing : Math.max(existing, wanted);
}

function readDeclared({ metadata }: Pick<StreamConfig, "metadata">): Partial<Limits> | undefined {
  const text = metadata?.[declaredKey];
  if (text === undefined) return undefined;
  try {
    const declared: unknown = JSON.parse(text);
    return typeof declared === "object" && declared !== null ? declared : undefined;
  } catch {
    return undefined;
  }
}
