import { jetStreamCodes } from "@mio/jetstream";
import { StorageType, type StreamConfig } from "@nats-io/jetstream";
import type { Bus } from "../connect/connection.ts";
import { hasApiCode } from "../connect/jetstream-error.ts";
import type { StreamPlacement } from "../topology/stream-config.ts";
import { type StreamKey, streams } from "../topology/topology.ts";
import { askSync } from "./ask-sync.ts";

/** What a power cut of one NATS server does to the messages that it has confirmed. */
export type Durability =
  | { readonly kind: "kept" }
  | { readonly kind: "lost"; readonly reason: string }
  /** No server says how it syncs. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface DurabilityOptions extends StreamPlacement {
  readonly streams: readonly StreamKey[];
  /** Monitoring addresses of all NATS servers, `http://host:8222`. A client cannot ask how a server syncs. */
  readonly monitorUrls: readonly string[];
}

/**
 * Checks whether a power cut of one server loses confirmed messages. A stream that does not exist is judged as the
 * settings will create it; streams in memory are not judged.
 *
 * @throws the error of JetStream when a stream cannot be read
 */
export async function checkDurability(
  { jsm }: Pick<Bus, "jsm">,
  options: DurabilityOptions,
): Promise<Durability> {
  const alone: string[] = [];
  for (const key of options.streams) {
    const { name } = streams[key];
    const config = await findConfig(jsm, name);
    if (config?.persist_mode === "async") return { kind: "lost", reason: `${name} has persist_mode async` };
    if (isAloneOnDisk(config, options)) alone.push(name);
  }
  return alone.length === 0 ? { kind: "kept" } : await judgeServers(alone, options.monitorUrls);
}

async function findConfig(jsm: Bus["jsm"], name: string): Promise<StreamConfig | undefined> {
  try {
    return (await jsm.streams.info(name)).config;
  } catch (error) {
    if (hasApiCode(error, jetStreamCodes.streamNotFound)) return undefined;
    throw error;
  }
}

function isAloneOnDisk(config: StreamConfig | undefined, { replicas, storage }: StreamPlacement): boolean {
  if (config === undefined) return storage === "file" && replicas === 1;
  return config.storage === StorageType.File && config.num_replicas === 1;
}

async function judgeServers(alone: readonly string[], monitorUrls: readonly string[]): Promise<Durability> {
  const what = `${alone.join(", ")}: one replica`;
  if (monitorUrls.length === 0)
    return { kind: "unknown", reason: `${what}, and MIO_NATS_MONITOR_URLS is not set` };
  const answers = await Promise.all(monitorUrls.map((url) => askSync(url)));
  for (const answer of answers) {
    if (answer.kind !== "background") continue;
    return { kind: "lost", reason: `${what}, and sync_interval is ${answer.seconds} s instead of always` };
  }
  const silent = answers.find((answer) => answer.kind === "silent");
  return silent === undefined
    ? { kind: "kept" }
    : { kind: "unknown", reason: `${what}, and ${silent.reason}` };
}
