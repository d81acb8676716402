import type { Channel, RawWebhook, VerifiedBody, WebhookInbound } from "@mio/channel-kit";
import { trustUnsigned } from "@mio/channel-kit";
import { type MioError, toMioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import { type SpanOptions, traceOfRequest, withSpan } from "@mio/service-kit";
import type { Account } from "@mio/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AcceptMessage } from "../accept/accept-message.ts";
import { type Refusal, toRefusal } from "../accept/refusal.ts";
import type { AccountDirectory } from "../accounts/account-directory.ts";
import type { GatewayEvents } from "../events.ts";
import type { WebhookSecrets } from "./webhook-secrets.ts";

/** A channel with its webhook routes. */
export interface MountedChannel {
  readonly channel: Channel;
  readonly webhook: WebhookInbound;
}

export interface WebhookDeps {
  readonly accept: AcceptMessage;
  readonly accounts: Pick<AccountDirectory, "find">;
  readonly secrets: WebhookSecrets;
  readonly events: GatewayEvents;
  readonly clock: Clock;
  /** Development only: a channel without a secret accepts unsigned events. */
  readonly allowUnsigned: boolean;
  /** The `traceparent` of the current span, stored with the event for the relay. */
  readonly currentTraceparent: () => string | undefined;
}

export interface WebhookCall {
  readonly mounted: MountedChannel;
  /** From the URL of one account. */
  readonly accountId: string | undefined;
}

/**
 * Handles one webhook: verify, read, accept. Answers 5xx only if a retry by the platform can help. Permanent but
 * harmless failures are answered 200, so that platforms keep the endpoint enabled; 400 and 401 are for broken
 * callers.
 */
export async function handleWebhook(
  deps: WebhookDeps,
  call: WebhookCall,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const { channelType } = call.mounted.channel;
  const webhook = { channelType, startedAt: performance.now(), peer: request.ip };
  const refuse = (refusal: Refusal, why: string | MioError): FastifyReply => {
    deps.events.refused(webhook, refusal.outcome, why);
    if (refusal.retryAfterSeconds !== undefined) reply.header("retry-after", refusal.retryAfterSeconds);
    return reply.code(refusal.status).send(refusal.status === 200 ? ok : { error: refusal.error });
  };
  try {
    const signed = await verifyRequest(deps, call, request);
    if (signed.kind === "refused") return refuse(signed.refusal, signed.why);
    if (signed.kind === "probe") {
      deps.events.handshake(channelType);
      return reply.send();
    }
    // After the signature check, so that an unsigned caller cannot set the trace context.
    const span: SpanOptions = {
      kind: "server",
      parent: traceOfRequest(request.headers),
      attributes: { "mio.channel_type": channelType },
    };
    return await withSpan("mio.webhook", span, async () => {
      const event = call.mounted.webhook.read(signed.body, deps.clock.now());
      switch (event.kind) {
        case "handshake":
          deps.events.handshake(channelType);
          return reply.type(event.reply.contentType).send(event.reply.body);
        case "ignored":
          deps.events.ignored(webhook, event.reason);
          if (event.reply === undefined) return reply.send(ok);
          return reply.type(event.reply.contentType).send(event.reply.body);
        case "message": {
          const acceptance = await deps.accept({
            draft: event.draft,
            accountId: call.accountId,
            traceparent: deps.currentTraceparent(),
            isAuthorizedFor: signed.isAuthorizedFor,
          });
          if (acceptance.kind === "forbidden") return refuse(badSignature, "the account has its own secret");
          deps.events.accepted(webhook, acceptance);
          return reply.send(ok);
        }
      }
    });
  } catch (error) {
    const failure = toMioError(error);
    return refuse(toRefusal(failure), failure);
  }
}

const ok = { ok: true };
const emptyBody = new Uint8Array();

type Verified =
  | {
      readonly kind: "verified";
      readonly body: VerifiedBody;
      /** Whether the signer of the body is authorised for an account. */
      readonly isAuthorizedFor: (account: Account) => Promise<boolean>;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly why: string }
  | { readonly kind: "probe" };

/**
 * Verifies a body with the secrets of its URL: those of the account, else those of the channel. If an account has its
 * own secret, only that one is valid for it.
 */
async function verifyRequest(
  deps: WebhookDeps,
  { mounted, accountId }: WebhookCall,
  request: FastifyRequest,
): Promise<Verified> {
  const { webhook, channel } = mounted;
  const { secretNames } = webhook;
  const body = request.body instanceof Uint8Array ? request.body : emptyBody;
  const raw: RawWebhook = { headers: request.headers, body };
  if (accountId !== undefined && (await deps.accounts.find(channel.channelType, accountId)) === undefined) {
    return { kind: "refused", refusal: unknownAccount, why: "unknown account" };
  }
  const own = accountId === undefined ? [] : await deps.secrets.live(secretNames, accountId);
  const secrets = own.length > 0 ? own : await deps.secrets.live(secretNames);
  const isAuthorizedFor = async ({ id }: Account): Promise<boolean> =>
    (id === accountId && own.length > 0) || (await deps.secrets.live(secretNames, id)).length === 0;
  if (secrets.length === 0) {
    if (deps.allowUnsigned) return { kind: "verified", body: trustUnsigned(body), isAuthorizedFor };
    const refusal = (await deps.secrets.exist(secretNames)) ? badSignature : noSecret;
    return { kind: "refused", refusal, why: `no secret is configured: ${secretNames[0]}` };
  }
  const verification = webhook.verify(raw, secrets, deps.clock.now());
  switch (verification.kind) {
    case "verified":
      return { kind: "verified", body: verification.body, isAuthorizedFor };
    case "refused":
      return { kind: "refused", refusal: badSignature, why: `signature ${verification.reason}` };
    case "probe":
      return verification;
  }
}

const badSignature: Refusal = { status: 401, error: "invalid signature", outcome: "bad_signature" };
/** The same as for a bad signature: the answer does not reveal which accounts exist. */
const unknownAccount: Refusal = { ...badSignature, outcome: "unroutable" };
/** The secret file may appear at any time; until then the platform must retry. */
const noSecret: Refusal = {
  status: 503,
  error: "not configured",
  outcome: "bad_signature",
  retryAfterSeconds: 60,
};
