import type { Channel, RawWebhook, VerifiedBody, WebhookInbound } from "@mio/channel-kit";
import { trustUnsigned } from "@mio/channel-kit";
import { type MioError, toMioError } from "@mio/failure";
import { type Clock, type SpanOptions, traceOfRequest, withSpan } from "@mio/service-kit";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AcceptMessage } from "../accept-message.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { GatewayEvents } from "../events.ts";
import { type Refusal, toRefusal } from "../refusal.ts";
import type { WebhookSecrets } from "../webhook-secrets.ts";

/** A channel as the webhook routes serve it. */
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
  /** Development only: a channel without a secret takes unsigned events. */
  readonly allowUnsigned: boolean;
  /** The `traceparent` of the current span, kept with the event for the relay. */
  readonly currentTraceparent: () => string | undefined;
}

export interface WebhookCall {
  readonly mounted: MountedChannel;
  /** From the URL of one account. */
  readonly accountId: string | undefined;
}

/**
 * Answers one webhook: verify, read, accept. A 5xx is given only where the platform's retry can help; what
 * is permanent and harmless is 200, so that platforms keep the endpoint; 400 and 401 are for broken callers.
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
  const span: SpanOptions = {
    kind: "server",
    parent: traceOfRequest(request.headers),
    attributes: { "mio.channel_type": channelType },
  };
  try {
    return await withSpan("mio.webhook", span, async () => {
      if (
        call.accountId !== undefined &&
        (await deps.accounts.find(channelType, call.accountId)) === undefined
      ) {
        return refuse(unknownAccount, "unknown account");
      }
      const raw = {
        headers: request.headers,
        body: request.body instanceof Uint8Array ? request.body : noBody,
      };
      const body = await verifyBody(deps, call, raw);
      if (typeof body === "string") return refuse(badSignature, body);
      const event = call.mounted.webhook.read(body, deps.clock.now());
      switch (event.kind) {
        case "handshake":
          deps.events.handshake(channelType);
          return reply.type(event.reply.contentType).send(event.reply.body);
        case "ignored":
          deps.events.ignored(webhook, event.reason);
          return reply.send(ok);
        case "message": {
          const traceparent = deps.currentTraceparent();
          deps.events.accepted(
            webhook,
            await deps.accept({ draft: event.draft, accountId: call.accountId, traceparent }),
          );
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
const noBody = new Uint8Array();

/** The verified body, or why it is refused. */
async function verifyBody(
  deps: WebhookDeps,
  call: WebhookCall,
  raw: RawWebhook,
): Promise<VerifiedBody | string> {
  const { webhook } = call.mounted;
  const own =
    call.accountId === undefined ? [] : await deps.secrets.live(webhook.secretNames, call.accountId);
  const secrets = own.length > 0 ? own : await deps.secrets.live(webhook.secretNames);
  if (secrets.length === 0) return deps.allowUnsigned ? trustUnsigned(raw.body) : "no secret is configured";
  const verification = webhook.verify(raw, secrets, deps.clock.now());
  return verification.kind === "verified" ? verification.body : `signature ${verification.reason}`;
}

const unknownAccount: Refusal = { status: 404, error: "unknown account", outcome: "unroutable" };
const badSignature: Refusal = { status: 401, error: "invalid signature", outcome: "bad_signature" };
