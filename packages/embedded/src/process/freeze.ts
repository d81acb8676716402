import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { GuardedChild } from "./guarded-child.ts";

const tries = 200;

/** Stops a process where it is and waits until all its threads stand still. */
export async function freeze(child: GuardedChild): Promise<void> {
  child.signal("SIGSTOP");
  if (process.platform !== "linux") {
    // There is no cheap way to ask; this is far longer than it takes.
    await sleep(50);
    return;
  }
  for (let attempt = 0; attempt < tries && !child.hasExited(); attempt++) {
    const stat = await readFile(`/proc/${child.pid}/stat`, "utf8").catch(() => "");
    // The state follows the program's name, which is in parentheses and may hold anything.
    if (/^\) [Tt] /.test(stat.slice(stat.lastIndexOf(")")))) return;
    await sleep(1);
  }
}
