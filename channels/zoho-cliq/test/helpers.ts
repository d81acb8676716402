import { once } from "node:events";
import { createServer } from "node:http";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { InboundDraft, InboundEvent, OpenChannel, Sender } from "@mio/channel-kit";
import { accountUnderTest, callUnderTest } from "@mio/channel-kit/contract";
import { zohoCliq } from "@mio/channel-zoho-cliq";
import { type SendCommand, SendCommandSchema } from "@mio/proto";
import type { CliqSimulator } from "@mio/simulator-zoho-cliq";

export const context = callUnderTest();

/** The channel, as a service opens it against a simulator. */
export function openAgainst(simulator: CliqSimulator): OpenChannel {
  return zohoCliq.open({
    CLIQ_CLIENT_ID: simulator.oauth.clientId,
    CLIQ_CLIENT_SECRET: simulator.oauth.clientSecret,
    CLIQ_REFRESH_TOKEN: simulator.oauth.refreshToken,
    CLIQ_BOT_NAME: simulator.bot.uniqueName,
    CLIQ_BOT_ID: simulator.bot.id,
    CLIQ_API_BASE_URL: simulator.apiBaseUrl,
    CLIQ_OAUTH_URL: simulator.oauthUrl,
  });
}

/** A sender for an account without earlier sends. */
export function senderOf(simulator: CliqSimulator): Required<Sender> {
  const sender = openAgainst(simulator).outbound?.connect(accountUnderTest());
  const { send, edit, remove, react, reconcile } = sender ?? {};
  if (!send || !edit || !remove || !react || !reconcile) throw new Error("the channel cannot send");
  return { send, edit, remove, react, reconcile };
}

export function command(init: MessageInitShape<typeof SendCommandSchema>): SendCommand {
  return create(SendCommandSchema, init);
}

/** The answer to a draft, with the attributes that its message names. */
export function answerTo({ message }: InboundDraft, text: string): SendCommand {
  const names = (message.attributes["mio_reply_attributes"] ?? "").split(",");
  const carried = names.map((name) => [name, message.attributes[name] ?? ""]);
  return command({
    text,
    conversationExternalId: message.conversationExternalId,
    attributes: Object.fromEntries(carried),
  });
}

/** A small gateway: verifies what arrives, parses it and stores it. */
export async function startGateway(
  secret: string,
): Promise<AsyncDisposable & { readonly url: string; readonly events: readonly InboundEvent[] }> {
  const events: InboundEvent[] = [];
  const webhook = zohoCliq.open({}).webhook;
  if (webhook === undefined) throw new Error("the channel has no webhook");
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const result = webhook.verify({ headers: request.headers, body }, [secret], new Date());
    if (result.kind === "verified") events.push(webhook.read(result.body, new Date()));
    response.writeHead(result.kind === "verified" ? 200 : 401).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/webhooks/zoho-cliq`,
    events,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function draftOf(event: InboundEvent | undefined): InboundDraft {
  if (event?.kind !== "message") throw new Error(`expected a message, got ${JSON.stringify(event)}`);
  return event.draft;
}
