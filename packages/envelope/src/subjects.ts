import { MioError } from "@mio/failure";

/** The parts of every subject: the place of a message. */
export interface Route {
  readonly channelType: string;
  readonly accountId: string;
  readonly conversationId: string;
}

/** The direction of messages and commands, as in their subjects. */
export type Direction = "inbound" | "inbound_enriched" | "outbound";

/** The parts of a subject. `of` is the direction of a dead letter. */
export type ParsedSubject =
  | (Route & { readonly kind: Direction | "receipt"; readonly editOfMessageId?: string })
  | (Route & { readonly kind: "dlq"; readonly of: Direction });

/**
 * `mio.inbound.<channel>.<account>.<conversation>`: a platform event as received.
 *
 * @throws MioError `envelope.bad_token`
 */
export function inboundSubject(message: Route): string {
  return join("inbound", message);
}

/**
 * `mio.inbound_enriched.…`: the same event after its attachments were stored.
 *
 * @throws MioError `envelope.bad_token`
 */
export function enrichedSubject(message: Route): string {
  return join("inbound_enriched", message);
}

/**
 * `mio.outbound.…`: a command. An edit by `edit_of_message_id` has that id as its last token.
 *
 * @throws MioError `envelope.bad_token`
 */
export function outboundSubject(command: Route & { readonly editOfMessageId?: string }): string {
  const subject = join("outbound", command);
  const edited = command.editOfMessageId ?? "";
  return edited === "" ? subject : `${subject}.${token("edit_of_message_id", edited)}`;
}

/**
 * `mio.dlq.<direction>.…`: a dead letter. An unknown part is {@link unknownToken}.
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

/** The token for an unknown channel, account or conversation in dead letter subjects. */
export const unknownToken = "unknown";

/**
 * Maximum length of a token. A server closes the connection after a protocol line of more than 4096 bytes, so the subject
 * of a dead letter or receipt must not become longer than that.
 */
export const maxTokenLength = 512;

/** Whether `text` may be a part of a subject: ASCII letters, digits, `_` and `-`, 1 to {@link maxTokenLength} of them. */
export function isSubjectToken(text: string): boolean {
  return text.length <= maxTokenLength && tokenPattern.test(text);
}

/** Parses a subject; undefined if it is not one of Mio's. The inverse of the builders above. */
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
