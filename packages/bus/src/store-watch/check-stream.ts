import { jetStreamCodes } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";
import type { ApiError } from "../connect/jetstream-error.ts";
import { askApi, toPayload } from "./ask-api.ts";
import { type JudgedStream, judgeStream, storedWithin } from "./judge-stream.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

export interface CheckOptions {
  readonly bus: Pick<Bus, "requests">;
  readonly timeoutMs: number;
  /** A stream that stored a message this recently needs no further check. */
  readonly freshMs: number;
}

export interface CheckedStream {
  readonly name: string;
  readonly subjects: readonly string[];
  /** Stores a message in the watch's own stream. */
  readonly write?: () => Promise<Trouble | undefined>;
}

/**
 * Checks whether a stream can store messages, without storing one in it. It checks the settings and the state. Unless
 * the stream has just stored a message, it also tries to remove a message that does not exist. That takes the path of a
 * write: it needs the leader and, with replicas, a quorum, and reports the write error for which the server refuses
 * messages.
 */
export async function checkStream(
  { name, subjects, write }: CheckedStream,
  options: CheckOptions,
): Promise<Trouble | undefined> {
  const { bus, timeoutMs, freshMs } = options;
  const request = { subject: `$JS.API.STREAM.INFO.${name}`, payload: toPayload({}), timeoutMs };
  const answer = await askApi<JudgedStream>(bus, request);
  if (answer.kind !== "answered") return troubleOf(answer);
  const trouble = judgeStream(answer.body, { subjects });
  if (trouble !== undefined || storedWithin(answer.body, freshMs)) return trouble;
  return (await removeNothing(name, options)) ?? (await write?.());
}

/** Far beyond every sequence that a stream can reach. */
const noSequence = Number.MAX_SAFE_INTEGER;

/** The answer of a server that searched for the message, and that could have written. */
const notThere = /store EOF|no message found|not permitted/i;

function isNotThere({ err_code: code, description = "" }: ApiError): boolean {
  return code === jetStreamCodes.sequenceNotFound || notThere.test(description);
}

async function removeNothing(name: string, { bus, timeoutMs }: CheckOptions): Promise<Trouble | undefined> {
  const payload = toPayload({ seq: noSequence, no_erase: true });
  const answer = await askApi(bus, { subject: `$JS.API.STREAM.MSG.DELETE.${name}`, payload, timeoutMs });
  return answer.kind === "refused" && isNotThere(answer.error) ? undefined : troubleOf(answer);
}
