import {
  DeliveryError,
  type DeliveryReason,
  type FailureContext,
  type HttpAnswer,
  type HttpFailure,
  networkDeliveryError,
  retryAfterMs,
} from "@mio/channel-kit";
import { parseJson } from "../identity/parse-json.ts";

const throttleText = /throttle limit|too many requests/i;

/** Statuses of a proxy or a crash: the message may have been posted. */
const ambiguousStatuses: ReadonlySet<number> = new Set([500, 502, 504]);

/** The delivery error for a failed call. */
export function toDeliveryError(outcome: HttpAnswer | HttpFailure, context: FailureContext): DeliveryError {
  if (outcome.kind === "answer") return ofAnswer(outcome, context);
  return networkDeliveryError("Cliq", outcome, context);
}

function ofAnswer(answer: HttpAnswer, { now, repeatable, isChange = false }: FailureContext): DeliveryError {
  const { status } = answer;
  const platformCode = codeOf(answer.text);
  const details = { status, ...(platformCode === undefined ? {} : { platformCode }) };
  const waitMs = retryAfterMs(answer.headers.get("retry-after"), now);
  const retry = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  // Cliq's throttle names no delay, and its limits are undocumented, so the caller slows down until calls succeed.
  if (isThrottle(answer)) {
    const message = "Cliq asked for fewer calls.";
    return new DeliveryError({ kind: "throttled", reason: "throttled", message, ...retry, details });
  }
  if (status >= 500 || status === 408) {
    const unknown = ambiguousStatuses.has(status) && !repeatable;
    const message = `Cliq failed with status ${status}.`;
    return new DeliveryError({
      kind: unknown ? "unknown" : "transient",
      reason: "platform_down",
      message,
      ...retry,
      details,
    });
  }
  const reason = reasonOf(status, platformCode ?? "", isChange);
  return new DeliveryError({
    kind: "permanent",
    reason,
    message: advice[reason] ?? advice.bad_request,
    details,
  });
}

/** Whether Cliq throttles, which may be a 400 as well. */
export function isThrottle({ status, text }: Pick<HttpAnswer, "status" | "text">): boolean {
  return status === 429 || (status === 400 && throttleText.test(text));
}

/** Whether a 401 is about the token's scopes, which a fresh token has as well. */
export function isScopeProblem({ text }: Pick<HttpAnswer, "text">): boolean {
  return /scope/i.test(text);
}

/**
 * The reason of an error code for the message to change. Cliq documents `message_delete_timeout`, for an
 * organisation's limit; similar codes for edits are likely. `access_denied` is its answer for another sender's
 * message. Without such a code, the status decides.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v3/messages/
 */
function changeReasonOf(platformCode: string): DeliveryReason | undefined {
  const change = platformCode.search(/edit|delete|update/);
  if (change >= 0 && /time_?out|expired|time_?limit/.test(platformCode.slice(change))) return "closed";
  if (platformCode === "access_denied") return "closed";
  return /^(?:chat|channel|bot)_\w*not_found$/.test(platformCode) ? "forbidden" : undefined;
}

function reasonOf(status: number, platformCode: string, isChange: boolean): DeliveryReason {
  const reason = isChange ? changeReasonOf(platformCode) : undefined;
  return reason ?? postReasonOf(status, platformCode);
}

function postReasonOf(status: number, platformCode: string): DeliveryReason {
  if (status === 401) return "auth";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 413 || /too_long|length_exceeded|max_length/.test(platformCode)) return "too_long";
  return "bad_request";
}

const advice: Partial<Record<DeliveryReason, string>> & { readonly bad_request: string } = {
  auth: "Cliq refused the token; check the scopes of CLIQ_REFRESH_TOKEN and CLIQ_API_BASE_URL's data centre.",
  forbidden:
    "Cliq forbids it; the bot must be a member of the channel, and only its own messages can be edited.",
  closed:
    "Cliq does not allow changes of the message: it is not the bot's, or the organisation's time limit has passed.",
  not_found: "Cliq does not know the channel, chat, bot or message.",
  too_long: "Cliq refused the text as too long.",
  bad_request: "Cliq refused the request as wrong.",
};

/** Cliq's error code, if it looks like one: never free text, which may quote the message. */
function codeOf(text: string): string | undefined {
  try {
    const json = parseJson(text);
    const code = typeof json === "object" && json !== null && "code" in json ? json.code : undefined;
    return typeof code === "string" && /^[a-z][a-z0-9_.]{0,63}$/i.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
