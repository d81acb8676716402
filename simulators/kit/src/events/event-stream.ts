import { once } from "node:events";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { EventLog } from "./event-log.ts";

/** Interval of comments, which keep proxies from closing a quiet stream. */
const heartbeatMs = 15_000;

/** Sends a log as server-sent events until the reader disconnects. `Last-Event-ID` resumes a stream. */
export async function serveEventStream<Event>(
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  log: EventLog<Event>,
  options: { readonly after: number; readonly closing: AbortSignal },
): Promise<void> {
  const { request, reply } = exchange;
  const { raw } = reply.hijack();
  raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  raw.write(": open\n\n");
  const left = new AbortController();
  raw.on("close", () => left.abort());
  const heartbeat = setInterval(() => raw.write(": still here\n\n"), heartbeatMs);
  try {
    const after = resumePoint(request) ?? options.after;
    const signal = AbortSignal.any([left.signal, options.closing]);
    for await (const { seq, at, event } of log.stream({ after, signal })) {
      const isTaken = raw.write(`id: ${seq}\ndata: ${JSON.stringify({ seq, at, event })}\n\n`);
      if (!isTaken) await once(raw, "drain", { signal });
    }
  } catch (error) {
    if (!left.signal.aborted && !options.closing.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

function resumePoint(request: FastifyRequest): number | undefined {
  const header = request.headers["last-event-id"];
  return typeof header === "string" && /^\d+$/.test(header) ? Number(header) : undefined;
}
