import { MioError } from "@mio/failure";
import { toJetStreamError } from "../connect/jetstream-error.ts";
import type { RequestMux } from "../connect/request-mux.ts";

/** Explains why no stream took a message: it is missing, or has no leader now. Never rejects. */
export type ExplainAbsence = (subject: string, timeoutMs: number) => Promise<MioError>;

/** Many publications fail at once; the servers, which have trouble already, are asked for one of them. */
const keptMs = 2_000;
const longestMs = 1_000;

interface Answer {
  readonly streams?: readonly string[] | null;
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

/**
 * A message that no stream takes comes back at once, both when its stream does not exist and while its servers elect a
 * leader; only the list of streams tells these apart.
 */
export function createExplainAbsence(
  { request }: Pick<RequestMux, "request">,
  now: () => number = () => performance.now(),
): ExplainAbsence {
  const kept = new Map<string, { readonly until: number; readonly verdict: Promise<MioError> }>();
  return (subject, timeoutMs) => {
    // `mio.<direction>`, which is as fine as streams divide subjects.
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
