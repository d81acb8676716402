import type { CredentialVault, SocketState } from "@mio/channel-kit";
import { backoffMs } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import type { Opening, SocketTokens } from "./opening.ts";
import { type Timers, unlessAborted, wait, within } from "./timers.ts";

/** A connection that held this long was a good one: the next wait is short again. */
const stableMs = 60_000;
/** Credentials that Slack refuses are tried again this seldom. */
const refusedRetryMs = 300_000;
/** How often it is looked whether somebody has mended them. */
const mendedCheckMs = 15_000;
/** How long a connection that is no longer needed may finish what it gave. */
const replacedGraceMs = 10_000;
const shutdownGraceMs = 5_000;
/** Slack gives an app no more connections than these, over all processes and accounts. */
const maxConnections = 10;

export interface SessionOptions {
  readonly open: () => Promise<Opening>;
  readonly tokens: () => Promise<SocketTokens | undefined>;
  readonly vault: CredentialVault;
  readonly timers: Timers;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly onState: (state: SocketState) => void;
}

/**
 * Keeps one account connected until the signal aborts. When Slack wants a connection replaced, the next one is open
 * before the old one closes.
 */
export async function keepConnected(options: SessionOptions): Promise<void> {
  const { timers, signal, onState } = options;
  await using succession = createSuccession(timers);
  let failures = 0;
  while (!signal.aborted) {
    if (!succession.isOpen()) onState({ kind: "connecting" });
    const opening = await options.open();
    if (opening.kind === "unused") {
      onState({ kind: "unused" });
      return;
    }
    if (opening.kind === "open") {
      succession.replaceBy(opening.connection);
      failures = await untilEnded(opening.connection, { ...options, failures });
    } else {
      await recover(opening, { ...options, failures, isUseful: succession.isOpen() });
      failures += 1;
    }
  }
}

/** The connection in use and those that are on their way out. */
interface Succession extends AsyncDisposable {
  isOpen(): boolean;
  replaceBy(next: Connection): void;
}

function createSuccession(timers: Timers): Succession {
  const closing = new Set<Promise<void>>();
  let current: Connection | undefined;
  return {
    isOpen: () => current?.isOpen() === true,
    replaceBy: (next) => {
      const goodbye = current?.close(replacedGraceMs);
      current = next;
      if (goodbye === undefined) return;
      closing.add(goodbye);
      void goodbye.then(() => closing.delete(goodbye));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([
        current?.close(shutdownGraceMs),
        within(Promise.all(closing), shutdownGraceMs, timers),
      ]);
    },
  };
}

interface Try extends SessionOptions {
  readonly failures: number;
}

/** Returns how many tries have failed by then, after the wait that is due. */
async function untilEnded(connection: Connection, options: Try): Promise<number> {
  const { timers, random, signal, onState } = options;
  if (signal.aborted) return options.failures;
  const count = connection.connections();
  onState({ kind: "open", ...(count !== undefined && { connections: { count, limit: maxConnections } }) });
  await report(options.vault, { state: "ok" });
  const openedAt = timers.now();
  const ending = await unlessAborted(connection.ended, signal);
  if (ending === undefined) return options.failures;
  const wasStable = timers.now() - openedAt >= stableMs;
  if (ending.kind === "replace" && wasStable) return 0;
  const failures = wasStable ? 0 : options.failures + 1;
  const retryAfterMs = backoffMs(failures, random);
  if (ending.kind === "lost") onState({ kind: "lost", error: ending.error, retryAfterMs });
  await wait(retryAfterMs, timers, signal);
  return failures;
}

interface Recovery extends Try {
  /** The old connection still works, so nothing is lost yet. */
  readonly isUseful: boolean;
}

async function recover(
  opening: Extract<Opening, { kind: "refused" | "failed" }>,
  options: Recovery,
): Promise<void> {
  const { random, timers, signal, onState } = options;
  if (signal.aborted) return;
  if (opening.kind === "refused") {
    const retryAfterMs = Math.round(refusedRetryMs * (0.9 + 0.2 * random()));
    onState({ kind: "refused", error: opening.error, retryAfterMs });
    await report(options.vault, { state: "reauth_required", reason: opening.reason });
    await untilMended(opening.version, retryAfterMs, options);
    return;
  }
  const retryAfterMs = Math.max(backoffMs(options.failures, random), opening.retryAfterMs ?? 0);
  if (!options.isUseful) onState({ kind: "lost", error: opening.error, retryAfterMs });
  await wait(retryAfterMs, timers, signal);
}

/** Waits; not any longer when somebody has changed the credentials. */
async function untilMended(
  version: string,
  afterMs: number,
  { tokens, timers, signal }: SessionOptions,
): Promise<void> {
  const end = timers.now() + afterMs;
  while (!signal.aborted && timers.now() < end) {
    await wait(Math.min(mendedCheckMs, end - timers.now()), timers, signal);
    const now = await tokens().catch(() => ({ version }));
    if (now?.version !== version) return;
  }
}

/** Telling operators is worth a try, and nothing waits for it: the connection is what counts. */
async function report(
  vault: CredentialVault,
  health: Parameters<CredentialVault["report"]>[0],
): Promise<void> {
  await vault.report(health).catch(() => undefined);
}
