import { MioError } from "@mio/failure";
import type { Bus } from "../connect/connection.ts";

/** Consumers with several filters, message TTLs and priority groups all are there from this version on. */
export const minimumServerVersion = "2.12.0";

/**
 * Checks that the server is new enough and has JetStream; an older one ignores settings silently.
 *
 * @throws MioError `bus.server_too_old`
 */
export async function assertServer(bus: Bus): Promise<void> {
  const version = bus.nc.info?.version ?? "unknown";
  if (!isAtLeast(version, minimumServerVersion)) {
    throw new MioError(
      "bus.server_too_old",
      `The NATS server is version ${version}; Mio needs ${minimumServerVersion} or later.`,
      { details: { version } },
    );
  }
  if (bus.nc.info?.jetstream !== true) {
    throw new MioError(
      "bus.server_too_old",
      "The NATS server runs without JetStream; start it with JetStream on.",
      {
        details: { version },
      },
    );
  }
}

/** Compares dotted versions by number; endings such as `-RC.1` are ignored. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = toNumbers(version);
  for (const [index, want] of toNumbers(minimum).entries()) {
    const difference = (have[index] ?? 0) - want;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function toNumbers(version: string): readonly number[] {
  const [core = ""] = version.split(/[-+]/);
  return core.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
