import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { GuardedChild } from "./guarded-child.ts";

const tries = 200;

/** Stops a process and waits until all its threads have stopped. */
export async function freeze(child: GuardedChild): Promise<void> {
  child.signal("SIGSTOP");
  if (process.platform !== "linux") {
    // No cheap check exists here; 50 ms is far longer than it takes.
    await sleep(50);
    return;
  }
  for (let attempt = 0; attempt < tries && !child.hasExited(); attempt++) {
    const stat = await readFile(`/proc/${child.pid}/stat`, "utf8").catch(() => "");
    // The state follows the program's name, which is in parentheses and may contain any character.
    if (/^\) [Tt] /.test(stat.slice(stat.lastIndexOf(")")))) return;
    await sleep(1);
  }
}
