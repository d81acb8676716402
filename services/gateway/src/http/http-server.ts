import type { IncomingMessage } from "node:http";
import { withoutSchemas } from "@mio/service-kit";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import type { WebhookOutcome } from "../events.ts";
import { createInProgress, type Usage } from "./in-progress.ts";
import { readBody } from "./read-body.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Absent for requests without a body. */
    usage?: Usage;
  }
}

export interface HttpServerOptions {
  readonly maxBodyBytes: number;
  /** Maximum number of requests handled at once. */
  readonly maxConcurrent: number;
  /** Maximum bytes received of all bodies, until their answers are sent. */
  readonly maxBytesInProgress: number;
  /** Time limit for receiving a request with headers and body; default 10 s. */
  readonly requestTimeoutMs?: number;
  /** Called for requests that were rejected before a route. */
  readonly onRefused: (outcome: WebhookOutcome, peer: string, why: string) => void;
}

const defaultRequestTimeoutMs = 10_000;
/** How often Node checks request timeouts; its default of 30 s would extend the life of a slow body by as much. */
const timeoutCheckMs = 1_000;
const keepAliveTimeoutMs = 60_000;
const connectionTimeoutMs = 15_000;
/** Open connections per request that may be handled: most are idle or are receiving a body. */
const connectionsPerRequest = 4;

/**
 * The public HTTP server: raw bodies (a signature covers the exact bytes), limits, JSON errors. It answers 503 before
 * it reads a body if too much is in progress, and 413 before it buffers a body that is too long.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const requestTimeoutMs = options.requestTimeoutMs ?? defaultRequestTimeoutMs;
  const server = fastify({
    ...withoutSchemas,
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
    // After a body that was rejected halfway, fastify closes the connection: the rest is not a request.
    if (status === 503) reply.header("retry-after", 1);
    return reply.code(status).send({ error: reason });
  });
  return server;
}

/**
 * Rejects a request before its body is read if a limit is reached, and later as soon as one is. A request whose body
 * is still arriving does not count as a request: a slow sender uses a connection and the bytes it has sent.
 */
function limitWhatIsInProgress(server: FastifyInstance, options: HttpServerOptions): void {
  const { maxConcurrent, maxBytesInProgress, maxBodyBytes: maxBytes } = options;
  const inProgress = createInProgress({ requests: maxConcurrent, bytes: maxBytesInProgress });
  // A field instead of a weak map: an entry for each request is work for the garbage collector.
  server.decorateRequest("usage");
  server.addHook("onRequest", (request, reply, done) => {
    // Skip health checks: they must answer under load and have no body.
    if (request.method === "GET" || request.method === "HEAD") return done();
    if (inProgress.isFull) return done(overloaded());
    const usage = inProgress.enter();
    request.usage = usage;
    reply.raw.once("close", () => usage[Symbol.dispose]());
    done();
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, { maxBytes, take: (bytes) => request.usage?.take(bytes) ?? false }),
  );
  server.addHook("preHandler", (request, _reply, done) => {
    if (request.usage?.begin() === false) done(overloaded());
    else done();
  });
}

/** The body has not begun or was read completely, so the connection can be reused. */
function overloaded(): Error {
  return Object.assign(new Error("too many webhooks in progress"), { statusCode: 503 });
}

function refusalOf(status: number): { readonly outcome: WebhookOutcome; readonly reason: string } {
  if (status === 413) return { outcome: "too_large", reason: "body too large" };
  if (status === 503) return { outcome: "overloaded", reason: "overloaded" };
  if (status < 500) return { outcome: "parse_error", reason: "read error" };
  return { outcome: "error", reason: "internal error" };
}
