import { MioError } from "@mio/failure";
import { isSupportedServer, minimumServerVersion } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";

/**
 * Checks that the server is recent enough and has JetStream. An older one ignores settings silently.
 *
 * @throws MioError `bus.server_too_old`
 */
export async function assertServer(bus: Bus): Promise<void> {
  const version = bus.nc.info?.version ?? "unknown";
  if (!isSupportedServer(version)) {
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
