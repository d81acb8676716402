import type { AddressInfo } from "node:net";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";
import { withoutSchemas } from "../without-schemas.ts";
import { isDegraded, type Readiness } from "./readiness.ts";
import type { RunningApp } from "./start-app.ts";

export interface OpsServerOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  readonly running: Pick<RunningApp, "ready" | "accepting">;
  readonly metrics: Pick<Metrics, "text" | "contentType">;
}

export interface OpsServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves `/healthz` (the event loop runs), `/readyz` (everything works), `/acceptz` (work can be accepted: use it for
 * routing) and `/metrics`. Only local callers see which check failed, for example through `kubectl exec`.
 */
export async function serveOps({ port, host, running, metrics }: OpsServerOptions): Promise<OpsServer> {
  const server = createOpsRoutes({ running, metrics });
  await server.listen({ port, host });
  return {
    port: portOf(server.server.address()) ?? port,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** The routes of {@link serveOps}, without listening. A ready but `degraded` process shows that to every caller. */
export function createOpsRoutes({
  running,
  metrics,
}: Pick<OpsServerOptions, "running" | "metrics">): FastifyInstance {
  const server = fastify({ ...withoutSchemas, logger: false, forceCloseConnections: true });
  server.get("/healthz", () => ({ ok: true }));
  const answer = (ask: () => Promise<Readiness>) => async (request: FastifyRequest, reply: FastifyReply) => {
    const readiness = await ask();
    reply.code(readiness.ok ? 200 : 503);
    const degraded = isDegraded(readiness) && { degraded: true };
    return isLocal(request) ? { ...readiness, ...degraded } : { ok: readiness.ok, ...degraded };
  };
  server.get(
    "/readyz",
    answer(() => running.ready()),
  );
  server.get(
    "/acceptz",
    answer(() => running.accepting()),
  );
  server.get("/metrics", async (_request, reply) => {
    reply.type(metrics.contentType);
    return await metrics.text();
  });
  return server;
}

function portOf(address: AddressInfo | string | null): number | undefined {
  return typeof address === "object" ? address?.port : undefined;
}

/** Not all of 127.0.0.0/8: a service mesh forwards external callers from other addresses in it. */
const localAddresses: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

function isLocal(request: FastifyRequest): boolean {
  return localAddresses.has(request.socket.remoteAddress ?? "");
}
