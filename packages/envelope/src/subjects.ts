import { MioError } from "@mio/failure";

/** What every subject is made of: where a message belongs. */
export interface Route {
  readonly channelType: string;
  readonly accountId: string;
  readonly conversationId: string;
}

/** The streams of messages and commands, as named in their subjects. */
export type Direction = "inbound" | "inbound_enriched" | "outbound";

/** A subject taken apart. `of` tells which direction a dead letter comes from. */
export type ParsedSubject =
  | (Route & { readonly kind: Direction | "receipt"; readonly editOfMessageId?: string })
  | (Route & { readonly kind: "dlq"; readonly of: Direction });

/**
 * `mio.inbound.<channel>.<account>.<conversation>`: a platform event as it was received.
 *
 * @throws MioError `envelope.bad_token`
 */
export function inboundSubject(message: Route): string {
  return join("inbound", message);
}

/**
 * `mio.inbound_enriched.…`: the same event once its attachments were kept.
 *
 * @throws MioError `envelope.bad_token`
 */
export function enrichedSubject(message: Route): string {
  return join("inbound_enriched", message);
}

/**
 * `mio.outbound.…`: a command; one that edits by `edit_of_message_id` carries that id as a last token.
 *
 * @throws MioError `envelope.bad_token`
 */
export function outboundSubject(command: Route & { readonly editOfMessageId?: string }): string {
  const subject = join("outbound", command);
  const edited = command.editOfMessageId ?? "";
  return edited === "" ? subject : `${subject}.${token("edit_of_message_id", edited)}`;
}

/**
 * `mio.dlq.<direction>.…`: what could not be handled. A part that is not known is {@link unknownToken}.
 *
 * @throws MioError `envelope.bad_token`
 */
export function deadLetterSubject(direction: Direction, route: Route): string {
  return join(`dlq.${direction}`, route);
}

/**
 * `mio.receipt.…`: how a command ended.
 *
 * @throws MioError `envelope.bad_token`
 */
export function receiptSubject(route: Route): string {
  return join("receipt", route);
}

/** Stands for a channel, account or conversation that could not be told, in dead letter subjects. */
export const unknownToken = "unknown";

/**
 * Longest part of a subject. A server closes the connection of a client whose protocol line is longer than 4096 bytes, so
 * a dead letter or receipt must not get a longer subject from the message that it is about.
 */
export const maxTokenLength = 512;

/** Whether `text` may be a part of a subject: ASCII letters, digits, `_` and `-`, 1 to {@link maxTokenLength} of them. */
export function isSubjectToken(text: string): boolean {
  return text.length <= maxTokenLength && tokenPattern.test(text);
}

/** Takes a subject apart; undefined when it is none of Mio's. The inverse of the builders above. */
export function parseSubject(subject: string): ParsedSubject | undefined {
  const [root, kind, ...rest] = subject.split(".");
  if (root !== "mio" || !rest.every(isSubjectToken)) return undefined;
  if (kind === "dlq") return parseDeadLetter(rest);
  if (kind === "receipt" || isDirection(kind)) return parseRoute(kind, rest);
  return undefined;
}

const tokenPattern = /^[A-Za-z0-9_-]+$/;

function parseRoute(kind: Direction | "receipt", tokens: readonly string[]): ParsedSubject | undefined {
  const [channelType, accountId, conversationId, editOfMessageId, ...tooMany] = tokens;
  if (channelType === undefined || accountId === undefined || conversationId === undefined) return undefined;
  const route = { kind, channelType, accountId, conversationId };
  if (editOfMessageId === undefined) return route;
  return kind === "outbound" && tooMany.length === 0 ? { ...route, editOfMessageId } : undefined;
}

function parseDeadLetter(tokens: readonly string[]): ParsedSubject | undefined {
  const [of, channelType, accountId, conversationId, ...tooMany] = tokens;
  if (!isDirection(of) || channelType === undefined || accountId === undefined) return undefined;
  if (conversationId === undefined || tooMany.length > 0) return undefined;
  return { kind: "dlq", of, channelType, accountId, conversationId };
}

function isDirection(text: string | undefined): text is Direction {
  return text === "inbound" || text === "inbound_enriched" || text === "outbound";
}

function join(prefix: string, route: Route): string {
  const channel = token("channel_type", route.channelType);
  const account = token("account_id", route.accountId);
  const conversation = token("conversation_id", route.conversationId);
  return `mio.${prefix}.${channel}.${account}.${conversation}`;
}

function token(field: string, text: string): string {
  if (isSubjectToken(text)) return text;
  const message = `${field} may hold only ASCII letters, digits, _ and -, at most ${maxTokenLength} of them.`;
  throw new MioError("envelope.bad_token", message, { details: { field } });
}
