import { randomBytes } from "node:crypto";
import { jetStreamCodes } from "@mio/jetstream";
import type { StreamInfo } from "@nats-io/jetstream";
import type { Bus } from "../connect/connection.ts";
import type { EnsureStreamsOptions } from "../topology/ensure-streams.ts";
import { type ApiAnswer, askApi, toPayload } from "./ask-api.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

/** A stream of the watch that no consumer reads. It keeps one message per service. */
export const probeStream: { readonly name: string; readonly subjects: readonly string[] } = {
  name: "MIO_PROBE",
  subjects: ["mio.probe.>"],
};

export interface ProbeStreamOptions extends Pick<EnsureStreamsOptions, "replicas" | "storage"> {
  readonly bus: Bus;
  /** A subject token. */
  readonly service: string;
  readonly timeoutMs: number;
}

export interface ProbeStream {
  /** Stores a few KiB; returns undefined once they are confirmed. */
  write(): Promise<Trouble | undefined>;
  /** Creates the stream, or raises its replicas. */
  ensure(): Promise<Trouble | undefined>;
  /**
   * Recreates the stream, because nats-server refuses all writes to a stream after one failed. Then it writes more than
   * the old stream can have held, because space that its removal freed proves nothing.
   */
  replace(): Promise<Trouble | undefined>;
}

/** More than a page of the file system, so that every write needs space; random, so that it cannot be compressed. */
const writeBytes = 4_608;
const maxBytes = 1 << 20;
const largeWriteBytes = 512 << 10;
/** The overhead of the server for a payload. */
const payloadMargin = 1_024;

export function createProbeStream(options: ProbeStreamOptions): ProbeStream {
  const { bus, service, replicas, storage, timeoutMs } = options;
  const { name, subjects } = probeStream;
  const write = async (bytes: number): Promise<Trouble | undefined> => {
    const payload = randomBytes(bytes);
    return troubleOf(await askApi(bus, { subject: `mio.probe.${service}`, payload, timeoutMs }));
  };
  const ask = <Body>(
    verb: "CREATE" | "UPDATE" | "DELETE" | "INFO",
    body: unknown,
  ): Promise<ApiAnswer<Body>> =>
    askApi(bus, { subject: `$JS.API.STREAM.${verb}.${name}`, payload: toPayload(body), timeoutMs });
  const config = {
    name,
    subjects,
    storage,
    num_replicas: replicas,
    retention: "limits",
    discard: "old",
    max_msgs_per_subject: 1,
    max_bytes: maxBytes,
    max_msgs: -1,
    max_consumers: -1,
    max_msg_size: -1,
  };
  const ensure = async (): Promise<Trouble | undefined> => {
    const answer = await ask("CREATE", config);
    const existing = answer.kind === "refused" && answer.error.err_code === jetStreamCodes.streamNameInUse;
    return existing ? await raiseReplicas() : troubleOf(answer);
  };
  const raiseReplicas = async (): Promise<Trouble | undefined> => {
    const answer = await ask<Pick<StreamInfo, "config">>("INFO", {});
    if (answer.kind !== "answered" || answer.body.config.num_replicas >= replicas) return troubleOf(answer);
    return troubleOf(await ask("UPDATE", { ...answer.body.config, num_replicas: replicas }));
  };
  return {
    write: () => write(writeBytes),
    ensure,
    replace: async () => {
      await ask("DELETE", {});
      const trouble = await ensure();
      if (trouble !== undefined) return trouble;
      const bytes = Math.min(largeWriteBytes, (bus.nc.info?.max_payload ?? maxBytes) - payloadMargin);
      for (let written = 0; written <= maxBytes; written += bytes) {
        const refused = await write(bytes);
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
  };
}
