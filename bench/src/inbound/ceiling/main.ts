import process from "node:process";
import { type Bus, ensureStreams, openBus } from "@mio/bus";
import { type Channel, createRegistry, type InboundDraft } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { encodeMessage, inboundDedupId, inboundSubject, newId } from "@mio/envelope";
import { createLedger, openStore } from "@mio/store";
import { fastify } from "fastify";

/**
 * The upper bounds for the gateway, with the same HTTP library, adapter and publisher:
 *
 * - `verify`: check the signature, read the event, answer.
 * - `publish`: the same, and wait for the stream's confirmation; nothing is recorded.
 * - `naive`: one SQL statement and one publish for each request, from a pool of ten connections.
 */
type Ceiling = "verify" | "publish" | "naive";

interface Settings {
  readonly ceiling: Ceiling;
  readonly port: number;
  readonly secret: string;
  readonly natsUrl: string;
  readonly dsn: string;
  readonly tenantId: string;
  readonly accountId: string;
}

type Step = (draft: InboundDraft) => Promise<void>;

async function toStep(settings: Settings): Promise<Step> {
  if (settings.ceiling === "verify") return () => Promise.resolve();
  const bus = await openBus({ servers: [settings.natsUrl], name: "bench" });
  await ensureStreams(bus, { replicas: 1, storage: "file", only: ["inbound"] });
  return settings.ceiling === "publish" ? publishOnly(bus, settings) : naive(bus, settings);
}

function publishOnly(bus: Bus, { tenantId, accountId }: Settings): Step {
  const conversationId = newId();
  return async ({ message }) => {
    const complete = { ...message, id: newId(), tenantId, accountId, conversationId };
    const subject = inboundSubject({ channelType: message.channelType, accountId, conversationId });
    const dedupId = inboundDedupId(accountId, message.sourceMessageId);
    await bus.publisher.publish({ subject, dedupId, payload: encodeMessage(complete) });
  };
}

async function naive(bus: Bus, { dsn, tenantId, accountId }: Settings): Promise<Step> {
  const connections = 10;
  const store = await openStore({ dsn, maxConnections: connections, applicationName: "bench" });
  const ledger = createLedger(store.pool, { maxBatch: 1, maxInFlight: connections });
  return async ({ message, containerKind }) => {
    const entry = await ledger.accept({ message: { ...message, tenantId, accountId }, containerKind });
    await bus.js.publish(entry.subject, entry.envelope, { msgID: entry.dedupId });
  };
}

async function serve(settings: Settings, channel: Channel): Promise<void> {
  const { webhook } = channel.open({});
  if (webhook === undefined) throw new TypeError("the channel has no webhook");
  const step = await toStep(settings);
  const server = fastify({ logger: false });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.get("/readyz", () => ({ ok: true }));
  server.post<{ Body: Buffer }>("/webhooks/zoho-cliq", async (request, reply) => {
    const raw = { headers: request.headers, body: request.body };
    const verification = webhook.verify(raw, [settings.secret], new Date());
    if (verification.kind !== "verified") return reply.code(401).send({ error: verification.kind });
    const event = webhook.read(verification.body, new Date());
    if (event.kind === "message") await step(event.draft);
    return { ok: true };
  });
  await server.listen({ host: "127.0.0.1", port: settings.port });
}

const settings: Settings = JSON.parse(process.env["BENCH_CEILING"] ?? "{}");
const channel = createRegistry(channels).byType("zoho_cliq");
if (channel === undefined) throw new TypeError("the channel is gone");
await serve(settings, channel);
process.once("SIGTERM", () => process.kill(process.pid, "SIGKILL"));
