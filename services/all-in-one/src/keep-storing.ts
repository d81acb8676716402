import type { StoreWatch } from "@mio/bus";
import { type Clock, createBackoff, pause } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";
import { type DiskSpace, sayFull } from "./disk-space.ts";
import type { KeptServer } from "./keep-server.ts";

export interface KeepStoringOptions {
  readonly watch: Pick<StoreWatch, "troubles">;
  readonly nats: Pick<KeptServer, "restart">;
  readonly disk: DiskSpace;
  readonly clock: Clock;
  readonly logger: Logger;
}

const lookEveryMs = 1_000;
const restarts = createBackoff({ baseMs: 15_000, maxMs: 300_000 });

/**
 * Restarts nats-server once a full disk has free space: after a failed write it rejects writes to that stream until a
 * restart. Logs a full disk once.
 */
export function createKeepStoring({ watch, nats, disk, clock, logger }: KeepStoringOptions): Worker {
  let saidFull = false;
  let attempts = 0;
  let notBefore = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    const stuck = [...watch.troubles()]
      .filter(([, { kind }]) => kind === "cannot_write")
      .map(([name]) => name);
    if (stuck.length === 0) {
      saidFull = false;
      if (clock.now().getTime() >= notBefore) attempts = 0;
      return;
    }
    if (!(await disk.hasSpace())) {
      if (!saidFull) sayFull(logger, disk);
      saidFull = true;
      return;
    }
    if (clock.now().getTime() < notBefore) return;
    attempts += 1;
    notBefore = clock.now().getTime() + restarts.ceilingMs(attempts);
    logger.warn(
      { event: "server.restarting", server: "nats-server", streams: stuck, attempts },
      "the disk has free space, but nats-server still rejects writes: restarting it",
    );
    await nats.restart();
  };

  return {
    name: "keep-storing",
    run: async (signal) => {
      while (!signal.aborted) {
        await look();
        await pause(lookEveryMs, { clock, signal });
      }
    },
  };
}
