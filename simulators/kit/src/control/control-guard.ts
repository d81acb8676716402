import { MioError } from "@mio/failure";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ZodError, z } from "zod";

/** Rejects requests from other sites, and turns errors of handlers into answers. */
export function guardControl(app: FastifyInstance): void {
  app.addHook("onRequest", refuseOtherSites);
  app.setErrorHandler(answerError);
}

/** A page of another site must not control the simulator of its visitor. */
async function refuseOtherSites(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { origin, host } = request.headers;
  if (origin === undefined || URL.parse(origin)?.host === host) return undefined;
  return await reply
    .code(403)
    .send({ code: "simulator.bad_request", message: "The request comes from another site." });
}

async function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (error instanceof MioError) {
    const status = error.code === "simulator.unknown_target" ? 404 : 400;
    return await reply.code(status).send({ code: error.code, message: error.message });
  }
  const status = error instanceof ZodError ? 400 : (statusOf(error) ?? 500);
  const message = error instanceof ZodError ? z.prettifyError(error) : String(error);
  return await reply.code(status).send({ code: "simulator.bad_request", message });
}

function statusOf(error: unknown): number | undefined {
  const isFastify = (candidate: unknown): candidate is FastifyError =>
    candidate instanceof Error && "statusCode" in candidate;
  return isFastify(error) ? error.statusCode : undefined;
}
