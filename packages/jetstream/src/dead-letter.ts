import {
  type Direction,
  deadLetterSubject,
  type HeaderEntry,
  headerNames,
  parseSubject,
  unknownToken,
} from "@mio/envelope";
import { toCopiedHeaders, toOneLine } from "./copied-headers.ts";
import { streamNames } from "./stream-names.ts";

/** A message that its consumer rejects, and the reason. */
export interface RejectedMessage {
  readonly stream: string;
  readonly durable: string;
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Iterable<HeaderEntry>;
  readonly streamSequence: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly storedAtMs: number;
  readonly deliveries: number;
  readonly reason: string;
  readonly code: string;
  /** One line for people, without words of the message. */
  readonly detail?: string;
}

/** A dead letter, ready to be published on `MESSAGES_DLQ`. */
export interface DeadLetterDraft {
  readonly subject: string;
  /** `Nats-Msg-Id`: a second letter about the same message is stored once. */
  readonly dedupId: string;
  /** What the letter may contain, the most complete first. */
  readonly contents: readonly [DeadLetterContent, ...DeadLetterContent[]];
}

export interface DeadLetterContent {
  readonly payload: Uint8Array;
  readonly headers: readonly HeaderEntry[];
}

/**
 * Builds the dead letter of a message. It has three possible contents: the whole message; without the message's
 * headers; at last without its payload.
 */
export function toDeadLetter(message: RejectedMessage, now: Date): DeadLetterDraft {
  const { stream, durable, streamSequence, storedAtMs, payload } = message;
  const own = toReasonHeaders(message, now);
  const omitted = [headerNames.deadOmittedBytes, String(payload.length)] as const;
  return {
    subject: toDeadLetterSubject(message),
    // With the time, because a recreated stream gives the same sequence to another message.
    dedupId: `dlq:${stream}:${durable}:${streamSequence}:${storedAtMs}`,
    contents: [
      { payload, headers: [...toCopiedHeaders(message.headers), ...own] },
      { payload, headers: own },
      { payload: new Uint8Array(), headers: [...own, omitted] },
    ],
  };
}

/**
 * Stores the most complete content that the server accepts. A letter that says why is better than a message that can
 * never leave its stream.
 *
 * @param store publishes one content
 * @param isRefused whether the server refused for good, because of the size or the headers; then a smaller content follows
 * @throws the error of `store`; the message must then stay where it is
 */
export async function storeDeadLetter<T>(
  { contents }: DeadLetterDraft,
  store: (content: DeadLetterContent) => Promise<T>,
  isRefused: (error: unknown) => boolean,
): Promise<T> {
  let [content, ...smaller] = contents;
  for (;;) {
    try {
      return await store(content);
    } catch (error) {
      const next = isRefused(error) ? smaller.shift() : undefined;
      if (next === undefined) throw error;
      content = next;
    }
  }
}

const directions: Readonly<Record<string, Direction>> = {
  [streamNames.inbound]: "inbound",
  [streamNames.attachments]: "inbound",
  [streamNames.enriched]: "inbound_enriched",
  [streamNames.outbound]: "outbound",
  [streamNames.scheduled]: "outbound",
};

/** Keeps the channel, account and conversation of the message's subject; parts that it lacks become `unknown`. */
export function toDeadLetterSubject({
  stream,
  subject,
}: Pick<RejectedMessage, "stream" | "subject">): string {
  // A queued message is an inbound one with a further token.
  const queued = /^mio\.attachments((?:\.[^.]+){3})\./.exec(subject)?.[1];
  const route = parseSubject(queued === undefined ? subject : `mio.inbound${queued}`);
  return deadLetterSubject(directions[stream] ?? "inbound", {
    channelType: route?.channelType ?? unknownToken,
    accountId: route?.accountId ?? unknownToken,
    conversationId: route?.conversationId ?? unknownToken,
  });
}

function toReasonHeaders(message: RejectedMessage, now: Date): readonly HeaderEntry[] {
  const { reason, code, detail } = message;
  return [
    [headerNames.deadReason, toText(reason)],
    [headerNames.deadCode, toText(code)],
    ...(detail === undefined ? [] : [[headerNames.deadDetail, toText(detail)] as const]),
    [headerNames.deadStream, message.stream],
    [headerNames.deadSequence, String(message.streamSequence)],
    [headerNames.deadDeliveries, String(message.deliveries)],
    [headerNames.deadTime, now.toISOString()],
    [headerNames.deadDurable, message.durable],
    [headerNames.deadSubject, message.subject],
  ];
}

const maxTextChars = 500;

function toText(text: string): string {
  return toOneLine(text).slice(0, maxTextChars).toWellFormed();
}
