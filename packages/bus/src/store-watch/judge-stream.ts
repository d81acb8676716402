import type { StreamInfo } from "@nats-io/jetstream";
import type { StreamDeclaration } from "../topology/topology.ts";
import type { Trouble } from "./trouble.ts";

/** The part of a stream's state that is judged here. */
export type JudgedStream = Pick<StreamInfo, "config"> & {
  readonly state: Pick<StreamInfo["state"], "messages" | "bytes" | "last_ts">;
  readonly cluster?: { readonly leader?: string };
  /** The server's time when it answered. */
  readonly ts?: string;
};

/** Enough for an ordinary event with its headers. A stream with a lower limit refuses nearly everything. */
const ordinaryMessageBytes = 16 * 1_024;

/** Finds trouble in the settings and the state of a stream; undefined if there is none. */
export function judgeStream(
  { config, state, cluster }: JudgedStream,
  wanted: Pick<StreamDeclaration, "subjects">,
): Trouble | undefined {
  if (cluster !== undefined && !cluster.leader) return { kind: "unavailable", reason: "no leader" };
  const reason = whyRefused(config, state, wanted);
  return reason === undefined ? undefined : { kind: "refuses", reason };
}

function whyRefused(
  config: JudgedStream["config"],
  state: JudgedStream["state"],
  { subjects }: Pick<StreamDeclaration, "subjects">,
): string | undefined {
  if (config.sealed) return "the stream is sealed";
  if (config.no_ack) return "no_ack is set, so no publish is confirmed";
  const lost = subjects.find((subject) => !config.subjects?.includes(subject));
  if (lost !== undefined) return `the stream no longer takes ${lost}`;
  const { max_msg_size: maxMessageBytes } = config;
  if (isLimit(maxMessageBytes) && maxMessageBytes < ordinaryMessageBytes) {
    return `max_msg_size is ${maxMessageBytes} bytes, too little for an ordinary message`;
  }
  return config.discard === "new" ? whyFull(config, state) : undefined;
}

/** A full stream that discards the oldest message still accepts new ones. */
function whyFull(config: JudgedStream["config"], state: JudgedStream["state"]): string | undefined {
  const { max_msgs: maxMessages, max_bytes: maxBytes } = config;
  if (isLimit(maxMessages) && state.messages >= maxMessages)
    return `full: ${maxMessages} messages (max_msgs)`;
  const full = isLimit(maxBytes) && state.bytes + usefulRoomBytes > maxBytes;
  return full ? `full: ${state.bytes} of ${maxBytes} bytes (max_bytes)` : undefined;
}

/** A full stream has some bytes left. With less than this it refuses most messages. */
const usefulRoomBytes = 4 * 1_024;

function isLimit(value: number): boolean {
  return value > 0;
}

/** Whether the stream stored a message within the last `ms`, by the server's own clock. */
export function storedWithin({ state, ts = "" }: JudgedStream, ms: number): boolean {
  return Date.parse(ts) - Date.parse(state.last_ts) < ms;
}
