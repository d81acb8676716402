import { type FastifyInstance, fastify } from "fastify";
import type { WebhookOutcome } from "./events.ts";

export interface HttpServerOptions {
  readonly maxBodyBytes: number;
  readonly maxConcurrent: number;
  /** Bytes of all bodies in progress together. */
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
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  limitWhatIsInProgress(server, options);
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "not found" }));
  server.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    const outcome = status === 413 ? "too_large" : status < 500 ? "parse_error" : "error";
    options.onRefused(outcome, request.ip, error.message);
    return reply.code(status).send({ error: publicReason(status) });
  });
  return server;
}

/** Refuses a request before its body is read, by the number of requests and by the bytes they announce. */
function limitWhatIsInProgress(server: FastifyInstance, options: HttpServerOptions): void {
  const { maxConcurrent, maxBytesInProgress, maxBodyBytes, onRefused } = options;
  let requests = 0;
  let bytes = 0;
  server.addHook("onRequest", async (request, reply) => {
    const announced = Math.min(Number(request.headers["content-length"] ?? maxBodyBytes), maxBodyBytes);
    if (requests >= maxConcurrent || bytes + announced > maxBytesInProgress) {
      onRefused("overloaded", request.ip, "too many webhooks in progress");
      await reply.code(503).header("retry-after", 1).send({ error: "overloaded" });
      return;
    }
    requests += 1;
    bytes += announced;
    reply.raw.once("close", () => {
      requests -= 1;
      bytes -= announced;
    });
  });
}

function publicReason(status: number): string {
  if (status === 413) return "body too large";
  return status < 500 ? "read error" : "internal error";
}
