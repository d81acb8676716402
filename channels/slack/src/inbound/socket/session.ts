import type { CredentialVault, SocketState } from "@mio/channel-kit";
import { createBackoff, unlessAborted } from "@mio/pacing";
import type { Connection } from "./connection.ts";
import type { Opening, SocketTokens } from "./opening.ts";
import { type Timers, wait, within } from "./timers.ts";

/** After a connection of this length, the next backoff starts from the beginning. */
const stableMs = 60_000;
/** The retry interval for rejected credentials. */
const refusedRetryMs = 300_000;
/** How often the vault is checked for new credentials. */
const credentialsCheckMs = 15_000;
/** The grace time of a replaced connection to finish its events. */
const replacedGraceMs = 10_000;
const shutdownGraceMs = 5_000;
/** Slack's limit of connections per app, over all processes and accounts. */
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
 * Keeps one account connected until the signal aborts. When Slack wants a connection replaced, the next one opens
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

/** The current connection and those being closed. */
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

/** Returns the number of failed tries, after the wait that is due. */
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
  /** The old connection still works, so no event is lost yet. */
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
    await untilNewCredentials(opening.version, retryAfterMs, options);
    return;
  }
  const retryAfterMs = Math.max(backoffMs(options.failures, random), opening.retryAfterMs ?? 0);
  if (!options.isUseful) onState({ kind: "lost", error: opening.error, retryAfterMs });
  await wait(retryAfterMs, timers, signal);
}

/** The delay after this many failed tries, with full jitter, so that many sockets do not reconnect at once. */
function backoffMs(failures: number, random: () => number): number {
  const backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000, random });
  return Math.round(backoff.delayMs(failures + 1));
}

/** Waits, but no longer than until the credentials change. */
async function untilNewCredentials(
  version: string,
  afterMs: number,
  { tokens, timers, signal }: SessionOptions,
): Promise<void> {
  const end = timers.now() + afterMs;
  while (!signal.aborted && timers.now() < end) {
    await wait(Math.min(credentialsCheckMs, end - timers.now()), timers, signal);
    const now = await tokens().catch(() => ({ version }));
    if (now?.version !== version) return;
  }
}

/** A failed report must not affect the connection, so it is ignored. */
async function report(
  vault: CredentialVault,
  health: Parameters<CredentialVault["report"]>[0],
): Promise<void> {
  await vault.report(health).catch(() => undefined);
}
