import { guardControl, serveEventStream } from "@mio/simulator-kit";
import { type FastifyInstance, fastify } from "fastify";
import { z } from "zod";
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
  guardControl(app);

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
