import { MioError } from "@mio/failure";
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from "fastify";
import { ZodError, z } from "zod";
import { serveEventStream } from "../../http/sse.ts";
import { servePage } from "../page/serve-page.ts";
import type { CliqState } from "../state.ts";
import type { Controlled } from "./controlled.ts";
import { describeState } from "./describe-state.ts";
import { acts } from "./requests.ts";

/** Room for a file of 25 MiB in base64. */
const bodyLimit = 40 * 1024 * 1024;

/** The server of the page and of `/sim/*`, for people and for tests in other processes. Not listening yet. */
export function createControlServer(
  simulator: Controlled,
  context: { readonly state: CliqState; readonly closing: AbortSignal },
): FastifyInstance {
  const app = fastify({ bodyLimit, forceCloseConnections: true });
  app.addHook("onRequest", refuseOtherSites);
  app.setErrorHandler(answerError);

  for (const [name, act] of Object.entries(acts)) {
    app.post(`/sim/${name}`, async (request) => await act(simulator, request.body ?? {}));
  }
  app.get("/sim/state", async () => describeState(simulator));
  app.get("/sim/faults", async () => ({ active: simulator.faults.active() }));
  app.get("/sim/posts", async () => ({ posts: simulator.visiblePosts() }));
  app.get("/sim/calls", async () => ({ calls: simulator.calls(), counters: simulator.counters() }));
  app.get("/sim/deliveries", async () => ({ deliveries: simulator.deliveries() }));
  app.get("/sim/messages", async (request) => {
    const { chat } = z.object({ chat: z.string() }).parse(request.query);
    return { messages: simulator.messages(chat) };
  });
  app.get("/sim/events", async (request, reply) => {
    const { after } = z.object({ after: z.coerce.number().int().min(0).default(0) }).parse(request.query);
    await serveEventStream({ request, reply }, simulator.events, { after, closing: context.closing });
    return reply;
  });
  servePage(app, simulator, context.state);
  return app;
}

/** A page of another site must not steer the simulator of whoever visits it. */
async function refuseOtherSites(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { origin, host } = request.headers;
  if (origin === undefined || URL.parse(origin)?.host === host) return undefined;
  return await reply.code(403).send({ code: "simulator.bad_request", message: "Asked by another site." });
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
