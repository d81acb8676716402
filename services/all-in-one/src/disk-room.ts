import { statfs } from "node:fs/promises";
import { MioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";

/** Whether servers can write where they keep their state. */
export interface DiskRoom {
  readonly dir: string;
  /** False while the disk is as good as full. */
  hasRoom(): Promise<boolean>;
}

const enoughBytes = 32 << 20;
/** Of a small disk. */
const enoughShare = 0.1;

/** Looks at the disk of a folder; one that cannot be looked at is taken to have room. */
export function createDiskRoom(dir: string): DiskRoom {
  return {
    dir,
    hasRoom: async () => {
      const disk = await statfs(dir).catch(() => undefined);
      if (disk === undefined) return true;
      return disk.bavail * disk.bsize >= Math.min(enoughBytes, disk.blocks * disk.bsize * enoughShare);
    },
  };
}

const runbook = "docs/operate/runbooks/disk-full.md";

/** For the person at the terminal. */
export function sayFull(logger: Logger, { dir }: DiskRoom): void {
  logger.error(
    { event: "disk.full", dir, runbook },
    `The disk of ${dir} is full. Make room: Mio then goes on by itself. Until then nothing is answered. See ${runbook}`,
  );
}

/** What a new database and the streams' first files take. */
const startBytes = 100 << 20;

/** Why servers did not start in `dir`: `cause`, unless its disk has too little room for them. */
export async function explainStart(dir: string, cause: unknown): Promise<unknown> {
  const disk = await statfs(dir).catch(() => undefined);
  const freeBytes = disk === undefined ? startBytes : disk.bavail * disk.bsize;
  if (freeBytes >= startBytes) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MioError(
    "embedded.disk_full",
    `The disk of ${dir} is full: ${freeBytes >> 20} MiB are free, and a start takes ${startBytes >> 20} MiB. ${reason}`,
    { cause },
  );
}
