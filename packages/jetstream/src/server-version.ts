/** The oldest NATS server with consumers of several filters, message TTLs and priority groups. */
export const minimumServerVersion = "2.12.0";

/** Whether a server is new enough; endings such as `-RC.1` are ignored. */
export function isSupportedServer(version: string): boolean {
  const have = toNumbers(version);
  for (const [index, want] of toNumbers(minimumServerVersion).entries()) {
    const difference = (have[index] ?? 0) - want;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function toNumbers(version: string): readonly number[] {
  const [core = ""] = version.split(/[-+]/);
  return core.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
