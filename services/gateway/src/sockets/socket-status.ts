import type { SocketState } from "@mio/channel-kit";

/** The state of one account's socket. */
export interface SocketStatus {
  readonly accountId: string;
  readonly state: SocketState;
  /** The last sign of the platform: it opened the connection, or an event arrived. */
  readonly heardAt: Date;
}

/** The app has as many connections as the platform allows, so that a further process or account gets none. */
export function isLastConnection(state: SocketState): boolean {
  if (state.kind !== "open" || state.connections === undefined) return false;
  return state.connections.count >= state.connections.limit;
}

/** One line for operators about the sockets of a channel; undefined if every account that uses one has it open. */
export function complaintAbout(
  statuses: readonly SocketStatus[],
  { isOnlyWayIn }: { readonly isOnlyWayIn: boolean },
): string | undefined {
  const used = statuses.filter(({ state }) => state.kind !== "unused");
  if (used.length === 0 && isOnlyWayIn) {
    return "no account uses it and no webhook is mounted: no event can arrive";
  }
  const missing = used.filter(({ state }) => state.kind !== "open");
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, maxNamed).map(describe).join("; ");
  const more = missing.length > maxNamed ? `; and ${missing.length - maxNamed} more` : "";
  return `${missing.length} of ${used.length} accounts: ${named}${more}`;
}

/** How long each open socket has been without events, longest first; undefined if none is open. */
export function describeQuiet(
  statuses: readonly SocketStatus[],
  { now, silentAfterMs }: { readonly now: Date; readonly silentAfterMs: number },
): string | undefined {
  const quiet = statuses
    .filter(({ state }) => state.kind === "open")
    .map(({ accountId, heardAt }) => ({ accountId, ms: now.getTime() - heardAt.getTime() }))
    .toSorted((a, b) => b.ms - a.ms);
  if (quiet.length === 0) return undefined;
  const named = quiet.slice(0, maxNamed).map(({ accountId, ms }) => {
    const word = ms >= silentAfterMs ? "silent" : "quiet";
    return `${accountId} ${word} for ${ageOf(ms)}`;
  });
  const more = quiet.length > maxNamed ? `; and ${quiet.length - maxNamed} more` : "";
  return `${named.join("; ")}${more}`;
}

function ageOf(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3_600)} h`;
}

const maxNamed = 20;

function describe({ accountId, state }: SocketStatus): string {
  switch (state.kind) {
    case "unused":
    case "connecting":
    case "open":
      return `${accountId} ${state.kind}`;
    case "lost":
    case "refused":
      return `${accountId} ${state.kind} (${state.error.code}: ${state.error.message})`;
  }
}
