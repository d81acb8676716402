import type { IncomingMessage } from "node:http";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import type { WebhookOutcome } from "../events.ts";
import { createInProgress, type Place } from "./in-progress.ts";
import { readBody } from "./read-body.ts";

export interface HttpServerOptions {
  readonly maxBodyBytes: number;
  /** Requests that are handled at once. */
  readonly maxConcurrent: number;
  /** Bytes that have come of all bodies together, until their answers are out. */
  readonly maxBytesInProgress: number;
  /** In which a request, its headers and its body, must have come; 10 s unless given. */
  readonly requestTimeoutMs?: number;
  /** Told about requests that no route saw. */
  readonly onRefused: (outcome: WebhookOutcome, peer: string, why: string) => void;
}

const defaultRequestTimeoutMs = 10_000;
/** How often Node looks for requests past their time; its default of 30 s would let a slow body live that much longer. */
const timeoutCheckMs = 1_000;
const keepAliveTimeoutMs = 60_000;
const connectionTimeoutMs = 15_000;
/** Connections that may be open for each request that may be handled: most wait for the next, or for a body. */
const connectionsPerRequest = 4;

/**
 * The public HTTP edge: raw bodies (a signature covers the exact bytes), limits, JSON errors. It answers 503
 * before reading a body when too much is in progress, and 413 before buffering one that is too long.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const requestTimeoutMs = options.requestTimeoutMs ?? defaultRequestTimeoutMs;
  const server = fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    http: {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: timeoutCheckMs,
    },
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionTimeout: connectionTimeoutMs,
    forceCloseConnections: "idle",
    return503OnClosing: true,
  });
  server.server.maxConnections = options.maxConcurrent * connectionsPerRequest;
  limitWhatIsInProgress(server, options);
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "not found" }));
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    const { outcome, reason } = refusalOf(status);
    options.onRefused(outcome, request.ip, error.message);
    // After a body that was refused on its way fastify ends the connection: its rest is no request.
    if (status === 503) reply.header("retry-after", 1);
    return reply.code(status).send({ error: reason });
  });
  return server;
}

/**
 * Refuses a request before its body is read when there is no room already, and after that as soon as there is none. A
 * request whose body is on its way is no request in progress: a slow sender takes a connection and what it has sent.
 */
function limitWhatIsInProgress(server: FastifyInstance, options: HttpServerOptions): void {
  const { maxConcurrent, maxBytesInProgress, maxBodyBytes: maxBytes } = options;
  const inProgress = createInProgress({ requests: maxConcurrent, bytes: maxBytesInProgress });
  const places = new WeakMap<FastifyRequest, Place>();
  server.addHook("onRequest", async (request, reply) => {
    // Health, which must be told all the more; these bring no body.
    if (request.method === "GET" || request.method === "HEAD") return;
    if (inProgress.isFull) throw overloaded();
    const place = inProgress.enter();
    places.set(request, place);
    reply.raw.once("close", () => place[Symbol.dispose]());
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, { maxBytes, take: (bytes) => places.get(request)?.take(bytes) ?? false }),
  );
  server.addHook("preHandler", async (request) => {
    if (places.get(request)?.begin() === false) throw overloaded();
  });
}

/** The body is not begun, or is read already: nothing of it is in the way of the next request. */
function overloaded(): Error {
  return Object.assign(new Error("too many webhooks in progress"), { statusCode: 503 });
}

function refusalOf(status: number): { readonly outcome: WebhookOutcome; readonly reason: string } {
  if (status === 413) return { outcome: "too_large", reason: "body too large" };
  if (status === 503) return { outcome: "overloaded", reason: "overloaded" };
  if (status < 500) return { outcome: "parse_error", reason: "read error" };
  return { outcome: "error", reason: "internal error" };
}
