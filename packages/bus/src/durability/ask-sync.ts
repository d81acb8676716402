/** What a server says about its syncs. */
export type SyncAnswer =
  | { readonly kind: "always" }
  | { readonly kind: "background"; readonly seconds: number }
  | { readonly kind: "silent"; readonly reason: string };

interface JetStreamMonitor {
  readonly config?: { readonly sync_always?: boolean; readonly sync_interval?: number };
}

const timeoutMs = 2_000;

/** Asks the monitoring address of a nats-server. Never rejects. */
export async function askSync(monitorUrl: string): Promise<SyncAnswer> {
  try {
    const response = await fetch(new URL("/jsz?config=true", monitorUrl), {
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return { kind: "silent", reason: `${monitorUrl} answers ${response.status}` };
    const body: JetStreamMonitor = JSON.parse(await response.text());
    return toAnswer(body, monitorUrl);
  } catch {
    return { kind: "silent", reason: `${monitorUrl} does not answer` };
  }
}

function toAnswer({ config }: JetStreamMonitor, monitorUrl: string): SyncAnswer {
  if (config?.sync_always === true) return { kind: "always" };
  if (config?.sync_interval === undefined) {
    return { kind: "silent", reason: `${monitorUrl} has no configuration of JetStream` };
  }
  return { kind: "background", seconds: config.sync_interval / 1e9 };
}
