import { MioError } from "@mio/failure";
import { toJetStreamError } from "../connect/jetstream-error.ts";
import type { RequestMux } from "../connect/request-mux.ts";

/** Finds out why no stream stored a message: it does not exist, or has no leader now. Never rejects. */
export type ExplainAbsence = (subject: string, timeoutMs: number) => Promise<MioError>;

/** Many publications fail together. One request for all of them spares the servers. */
const keptMs = 2_000;
const longestMs = 1_000;

interface Answer {
  readonly streams?: readonly string[] | null;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

/**
 * A message is refused at once both when its stream does not exist and while the servers elect a leader. The list of
 * streams distinguishes the two.
 */
export function createExplainAbsence(
  { request }: Pick<RequestMux, "request">,
  now: () => number = () => performance.now(),
): ExplainAbsence {
  const kept = new Map<string, { readonly until: number; readonly verdict: Promise<MioError> }>();
  return (subject, timeoutMs) => {
    // `mio.<direction>`: each belongs to one stream.
    const family = subject.split(".", 2).join(".");
    const found = kept.get(family);
    if (found !== undefined && found.until > now()) return found.verdict;
    const verdict = ask(request, subject, Math.min(timeoutMs, longestMs));
    if (kept.size > 100) kept.clear();
    kept.set(family, { until: now() + keptMs, verdict });
    return verdict;
  };
}

async function ask(request: RequestMux["request"], subject: string, timeoutMs: number): Promise<MioError> {
  const details = { subject };
  try {
    const payload = new TextEncoder().encode(JSON.stringify({ subject }));
    const reply = await request({ subject: "$JS.API.STREAM.NAMES", payload, timeoutMs });
    const { streams, error } = reply.json<Answer>();
    if (error !== undefined) return toJetStreamError(error, details);
    const [stream] = streams ?? [];
    if (stream === undefined) {
      return new MioError("bus.no_stream", "No stream takes this subject.", { retry: "soon", details });
    }
    return new MioError("bus.no_leader", `Stream ${stream} has no leader now; send the message again.`, {
      retry: "soon",
      details: { ...details, stream },
    });
  } catch (cause) {
    const message = "No stream took the message, and JetStream did not say why.";
    return new MioError("bus.unavailable", message, { retry: "soon", details, cause });
  }
}
