import type { Probe } from "@mio/service-kit";
import type { FastifyInstance } from "fastify";
import { registerHealth } from "./health.ts";
import { handleWebhook, type MountedChannel, type WebhookDeps } from "./webhook.ts";

export interface PublicRoutes {
  readonly channels: readonly MountedChannel[];
  readonly webhook: WebhookDeps;
  readonly probes: readonly Probe[];
}

/** Declares every public route: the webhooks of each mounted channel, and health without details. */
export function registerRoutes(server: FastifyInstance, { channels, webhook, probes }: PublicRoutes): void {
  const bySlug = new Map(
    channels.map((mounted) => [mounted.channel.channelType.replaceAll("_", "-"), mounted]),
  );
  const find = (slug: string): MountedChannel | undefined => bySlug.get(slug.replaceAll("_", "-"));

  server.post<{ Params: { slug: string; accountId?: string } }>("/webhooks/:slug", (request, reply) => {
    const mounted = find(request.params.slug);
    if (mounted === undefined) return reply.code(404).send({ error: "unknown channel" });
    return handleWebhook(webhook, { mounted, accountId: undefined }, { request, reply });
  });
  server.post<{ Params: { slug: string; accountId: string } }>(
    "/webhooks/:slug/:accountId",
    (request, reply) => {
      const mounted = find(request.params.slug);
      if (mounted === undefined) return reply.code(404).send({ error: "unknown channel" });
      return handleWebhook(webhook, { mounted, accountId: request.params.accountId }, { request, reply });
    },
  );
  for (const mounted of channels) {
    for (const alias of mounted.webhook.routeAliases) {
      server.post(alias, (request, reply) =>
        handleWebhook(webhook, { mounted, accountId: undefined }, { request, reply }),
      );
    }
  }
  for (const path of ["/webhooks/:slug", "/webhooks/:slug/:accountId", ...channels.flatMap(aliasesOf)]) {
    server.route({
      method: ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"],
      url: path,
      handler: (_request, reply) =>
        reply.code(405).header("allow", "POST").send({ error: "method not allowed" }),
    });
  }

  registerHealth(server, probes);
}

function aliasesOf({ webhook }: MountedChannel): readonly string[] {
  return webhook.routeAliases;
}
