import { MioError, toMioError } from "@mio/failure";
import { type Clock, pause, systemClock } from "@mio/pacing";
import type { Logger, Probe, Worker } from "@mio/service-kit";
import type { Bus } from "../connect/connection.ts";
import { orAborted } from "../store-watch/or-aborted.ts";
import { checkDurability, type Durability, type DurabilityOptions } from "./check-durability.ts";

export interface DurabilityWatchOptions extends DurabilityOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface DurabilityWatch {
  /** Checks at the start and every minute; logs each change. */
  readonly worker: Worker;
  /** Fails, without making the process unready, while a power cut would lose confirmed messages. */
  readonly probe: Probe;
}

const everyMs = 60_000;
const remedy = "set sync_interval: always in the jetstream block of nats-server, or use three replicas";
const page = "docs/operate/nats.md";

/** Watches whether a power cut of one NATS server would lose messages that it has confirmed. */
export function createDurabilityWatch(options: DurabilityWatchOptions): DurabilityWatch {
  const { bus, logger, clock = systemClock } = options;
  let found: Durability = { kind: "kept" };

  const look = async (): Promise<void> => {
    const before = found;
    try {
      found = await checkDurability(bus, options);
    } catch (error) {
      logger.debug({ err: toMioError(error) }, "bus.durability_not_checked");
      return;
    }
    if (found.kind !== before.kind) report(logger, found);
  };

  return {
    worker: {
      name: "durability-watch",
      run: async (signal) => {
        while (!signal.aborted) {
          // A stop must not wait for a server that may not answer.
          if (bus.isConnected()) await orAborted(look(), signal);
          await pause(everyMs, { clock, signal });
        }
      },
    },
    probe: {
      name: "nats-durability",
      neededTo: "finish",
      advisory: true,
      check: async () => {
        if (found.kind === "lost") throw new MioError("bus.not_durable", `${found.reason}: ${remedy}.`);
      },
      detail: () => (found.kind === "unknown" ? found.reason : undefined),
    },
  };
}

function report(logger: Logger, found: Durability): void {
  switch (found.kind) {
    case "kept":
      logger.info("bus.durable");
      return;
    case "lost":
      logger.error(
        { event: "bus.not_durable", code: "bus.not_durable", reason: found.reason, page },
        `a power cut of NATS loses confirmed messages (${found.reason}): ${remedy}`,
      );
      return;
    case "unknown":
      logger.warn(
        { event: "bus.durability_unknown", reason: found.reason, page },
        `Mio cannot see whether a power cut of NATS loses confirmed messages (${found.reason}): ${remedy}`,
      );
  }
}
