import { statfs } from "node:fs/promises";
import { MioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";

/** The free space of the disk where servers keep their state. */
export interface DiskSpace {
  readonly dir: string;
  /** False while the disk is nearly full. */
  hasSpace(): Promise<boolean>;
}

const enoughBytes = 32 << 20;
/** Threshold for a small disk. */
const enoughShare = 0.1;

/** Checks the disk of a folder. If the check fails, it reports free space. */
export function createDiskSpace(dir: string): DiskSpace {
  return {
    dir,
    hasSpace: async () => {
      const disk = await statfs(dir).catch(() => undefined);
      if (disk === undefined) return true;
      return disk.bavail * disk.bsize >= Math.min(enoughBytes, disk.blocks * disk.bsize * enoughShare);
    },
  };
}

const runbook = "docs/operate/runbooks/disk-full.md";

/** Logs a message for the person at the terminal. */
export function sayFull(logger: Logger, { dir }: DiskSpace): void {
  logger.error(
    { event: "disk.full", dir, runbook },
    `The disk of ${dir} is full. Free some space, then Mio resumes by itself. Until then it answers nothing. See ${runbook}`,
  );
}

/** Size of a new database and of the streams' first files. */
const startBytes = 100 << 20;

/** The reason why servers did not start in `dir`: `cause`, or a disk without enough free space. */
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
