import { type FastifyInstance, fastify } from "fastify";
import { z } from "zod";
import type { EventLog } from "../events/event-log.ts";
import { serveEventStream } from "../events/event-stream.ts";
import { guardControl } from "./control-guard.ts";

/** A file of 25 MiB in base64 fits. */
const bodyLimit = 40 * 1024 * 1024;

/** A `POST /sim/<name>` with a JSON body. A `ZodError` means that the body is wrong. */
export type Act<Simulator> = (simulator: Simulator, body: unknown) => Promise<unknown>;
/** A `GET /sim/<name>`, given its query. */
export type Read<Simulator> = (simulator: Simulator, query: unknown) => object;

/** What every simulator shows through its control API. */
export interface Observed {
  readonly faults: { active(): readonly object[] };
  readonly events: EventLog<unknown>;
  calls(): readonly object[];
  counters(): Readonly<Record<string, number>>;
  deliveries(): readonly object[];
}

/** The server of `/sim/*`, for people and for tests in other processes. Not listening yet. */
export function createControlServer<Simulator extends Observed>(
  simulator: Simulator,
  options: {
    readonly acts: Readonly<Record<string, Act<Simulator>>>;
    readonly reads: Readonly<Record<string, Read<Simulator>>>;
    readonly closing: AbortSignal;
  },
): FastifyInstance {
  const app = fastify({ bodyLimit, forceCloseConnections: true });
  guardControl(app);
  for (const [name, act] of Object.entries(options.acts)) {
    app.post(`/sim/${name}`, async (request) => await act(simulator, request.body ?? {}));
  }
  for (const [name, read] of Object.entries({ ...sharedReads, ...options.reads })) {
    app.get(`/sim/${name}`, async (request) => read(simulator, request.query));
  }
  app.get("/sim/events", async (request, reply) => {
    const { after } = z.object({ after: z.coerce.number().int().min(0).default(0) }).parse(request.query);
    await serveEventStream({ request, reply }, simulator.events, { after, closing: options.closing });
    return reply;
  });
  return app;
}

const sharedReads: Readonly<Record<string, Read<Observed>>> = {
  faults: ({ faults }) => ({ active: faults.active() }),
  calls: (simulator) => ({ calls: simulator.calls(), counters: simulator.counters() }),
  deliveries: (simulator) => ({ deliveries: simulator.deliveries() }),
};
