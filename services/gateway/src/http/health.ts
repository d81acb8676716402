import { isNeededToAccept, keepCheck, type Probe, type ProbeCheck, toReadiness } from "@mio/service-kit";
import type { FastifyInstance } from "fastify";

/**
 * Health on the public port, without details: `/healthz` (the process runs), `/readyz` (all dependencies work) and
 * `/acceptz` (webhooks are recorded: use it for routing). Anyone may call them at any rate.
 */
export function registerHealth(server: FastifyInstance, probes: readonly Probe[]): void {
  const kept = probes.map((probe) => ({ isNeeded: isNeededToAccept(probe), check: keepCheck(probe) }));
  const all = kept.map(({ check }) => check);
  const toAccept = kept.filter(({ isNeeded }) => isNeeded).map(({ check }) => check);
  server.get("/healthz", (_request, reply) => reply.send({ ok: true }));
  serve(server, "/readyz", all);
  serve(server, "/acceptz", toAccept);
}

function serve(server: FastifyInstance, path: string, checks: readonly ProbeCheck[]): void {
  server.get(path, async (_request, reply) => {
    const { ok } = toReadiness(await Promise.all(checks.map((check) => check())));
    return reply.code(ok ? 200 : 503).send({ ok });
  });
}
