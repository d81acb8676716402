import {
  DeliveryError,
  type DeliveryErrorKind,
  type DeliveryReason,
  type FailureContext,
  type HttpAnswer,
  type HttpFailure,
  networkDeliveryError,
  retryAfterMs,
} from "@mio/channel-kit";
import { placeWords, type Verdict, verdictOf } from "./error-table.ts";
import { parseAnswer } from "./parse-answer.ts";

/** The delivery error for a failed call. */
export function toDeliveryError(outcome: HttpAnswer | HttpFailure, context: FailureContext): DeliveryError {
  if (outcome.kind === "answer") return ofAnswer(outcome, context);
  return networkDeliveryError("Slack", outcome, context);
}

/** Slack's error code of a failure, if there is one. */
export function platformCodeOf(error: unknown): string | undefined {
  const code = error instanceof DeliveryError ? error.details["platformCode"] : undefined;
  return typeof code === "string" ? code : undefined;
}

function ofAnswer(answer: HttpAnswer, context: FailureContext): DeliveryError {
  const { status } = answer;
  const { ok, error, needed } = parseAnswer(answer);
  const platformCode = error === undefined || ok === true ? undefined : error;
  const verdict = ofStatus(status, context) ?? ofWord(platformCode, context);
  const details = { status, ...(platformCode === undefined ? {} : { platformCode }) };
  const waitMs = retryAfterMs(answer.headers.get("retry-after"), context.now);
  switch (verdict.kind) {
    case "throttled": {
      // Without a delay, the caller slows down for the whole account or channel until calls succeed.
      const message = "Slack asked for fewer calls.";
      const retry = waitMs === undefined ? {} : { retryAfterMs: waitMs };
      return new DeliveryError({ kind: "throttled", reason: "throttled", message, ...retry, details });
    }
    case "unable":
      return down({ kind: "transient", waitMs, details });
    case "broken":
      return down({ kind: context.repeatable ? "transient" : "unknown", waitMs, details });
    case "permanent": {
      const message = adviceFor(verdict.reason, { platformCode, needed });
      return new DeliveryError({ kind: "permanent", reason: verdict.reason, message, details });
    }
  }
}

function down({
  kind,
  waitMs,
  details,
}: {
  readonly kind: DeliveryErrorKind;
  readonly waitMs: number | undefined;
  readonly details: Readonly<Record<string, string | number>>;
}): DeliveryError {
  const message = "Slack failed; part of it may have been done.";
  const retry = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  const text = kind === "unknown" ? message : "Slack is temporarily unable to do this.";
  return new DeliveryError({ kind, reason: "platform_down", message: text, ...retry, details });
}

/** Slack answers nearly everything with 200, so other statuses come from the proxies in front of it. */
function ofStatus(status: number, { isChange = false }: FailureContext): Verdict | undefined {
  if (status === 200) return undefined;
  if (status === 429) return { kind: "throttled" };
  if (status >= 500 || status === 408) return { kind: "broken" };
  if (status === 404 && isChange) return { kind: "permanent", reason: "bad_request" };
  return { kind: "permanent", reason: statusReasons[status] ?? "bad_request" };
}

const statusReasons: Readonly<Record<number, DeliveryReason>> = {
  401: "auth",
  403: "forbidden",
  404: "not_found",
  413: "too_long",
};

/** An unreadable answer with status 200 may belong to a successful post. */
function ofWord(platformCode: string | undefined, { isChange = false }: FailureContext): Verdict {
  if (platformCode === undefined) return { kind: "broken" };
  if (isChange && placeWords.has(platformCode)) return { kind: "permanent", reason: "forbidden" };
  return verdictOf(platformCode);
}

interface Facts {
  readonly platformCode: string | undefined;
  readonly needed: string | undefined;
}

function adviceFor(reason: DeliveryReason, { platformCode, needed }: Facts): string {
  if (platformCode === "missing_scope") {
    const scope = needed === undefined ? "a scope" : `the scope ${needed}`;
    return `The Slack token lacks ${scope}; add it to the app and install the app again.`;
  }
  const special = platformCode === undefined ? undefined : specialAdvice[platformCode];
  return special ?? advice[reason] ?? advice.bad_request;
}

const specialAdvice: Readonly<Record<string, string>> = {
  not_in_channel: "The bot is not in the channel; invite it.",
  channel_not_found:
    "Slack does not know the channel, or the bot is not in it; invite the bot and check the account.",
  is_archived: "The channel is archived.",
  cant_update_message: "Slack lets an app edit only its own messages.",
  cant_delete_message: "Slack lets an app delete only its own messages.",
  token_expired:
    "The Slack token has expired; keep its refresh_token, and set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.",
  invalid_blocks: "Slack rejected the layout, usually because it cannot fetch a picture in it.",
};

const advice: Partial<Record<DeliveryReason, string>> & { readonly bad_request: string } = {
  auth: "Slack refused the token; check the account's bot_token or SLACK_BOT_TOKEN, and install the app again.",
  forbidden: "Slack forbids it; check the channel's and the workspace's rules for apps.",
  not_found: "Slack does not know the channel, message, file or person.",
  closed: "Slack no longer allows changes of the message; the workspace may limit how long they are allowed.",
  too_long: "Slack refused it as too long or too large.",
  unsupported: "Slack no longer has this method.",
  invalid: "Slack rejected the command's content or target as invalid.",
  bad_request: "Slack refused the request as wrong.",
};
