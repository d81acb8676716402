import { guardControl, serveEventStream } from "@mio/simulator-kit";
import { type FastifyInstance, fastify } from "fastify";
import { z } from "zod";
import { servePage } from "../page/serve-page.ts";
import type { Core } from "../workspace/core.ts";
import { type Controlled, workspaceOf } from "./controlled.ts";
import { describeState } from "./describe-state.ts";
import { acts } from "./requests.ts";

/** Room for a file of 25 MiB in base64. */
const bodyLimit = 40 * 1024 * 1024;

const place = z.object({ team: z.string().optional(), channel: z.string() });

/** The server of the page and of `/sim/*`, for people and for tests in other processes. Not listening yet. */
export function createControlServer(
  simulator: Controlled,
  context: { readonly findCore: (teamId: string) => Core | undefined; readonly closing: AbortSignal },
): FastifyInstance {
  const app = fastify({ bodyLimit, forceCloseConnections: true });
  guardControl(app);

  for (const [name, act] of Object.entries(acts)) {
    app.post(`/sim/${name}`, async (request) => await act(simulator, request.body ?? {}));
  }
  app.get("/sim/state", async () => describeState(simulator));
  app.get("/sim/faults", async () => ({ active: simulator.faults.active() }));
  app.get("/sim/posts", async (request) => {
    const { team } = place.pick({ team: true }).parse(request.query);
    return { posts: workspaceOf(simulator, team).visiblePosts() };
  });
  app.get("/sim/calls", async () => ({ calls: simulator.calls(), counters: simulator.counters() }));
  app.get("/sim/deliveries", async () => ({ deliveries: simulator.deliveries() }));
  app.get("/sim/sockets", async () => ({ sockets: simulator.sockets() }));
  app.get("/sim/messages", async (request) => {
    const { team, channel } = place.parse(request.query);
    return { messages: workspaceOf(simulator, team).messages(channel) };
  });
  app.get("/sim/events", async (request, reply) => {
    const { after } = z.object({ after: z.coerce.number().int().min(0).default(0) }).parse(request.query);
    await serveEventStream({ request, reply }, simulator.events, { after, closing: context.closing });
    return reply;
  });
  servePage(app, simulator, context.findCore);
  return app;
}
