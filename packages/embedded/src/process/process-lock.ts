import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { MioError } from "@mio/failure";

/** How long a server whose parent was killed needs to notice and exit. */
const leaveMs = 6_000;

/**
 * Waits for the server named in a pid file to exit, because two servers in one directory destroy its data.
 *
 * @throws MioError `embedded.dir_in_use` if it still runs after a few seconds.
 */
export async function assertDirFree(pidFile: string, dir: string): Promise<void> {
  const deadline = Date.now() + leaveMs;
  for (;;) {
    const pid = await readPid(pidFile);
    if (pid === undefined || !(await isRunning(pid, dir))) return;
    if (Date.now() > deadline) {
      throw new MioError(
        "embedded.dir_in_use",
        `Process ${pid} still uses the directory ${dir}. Stop it, or choose another directory.`,
        { details: { pid } },
      );
    }
    await sleep(50);
  }
}

/** Records the process that uses the directory. */
export async function writePid(pidFile: string, pid: number): Promise<void> {
  await writeFile(pidFile, `${pid}\n`);
}

/** Removes the file of {@link writePid}. */
export async function removePid(pidFile: string): Promise<void> {
  await rm(pidFile, { force: true });
}

async function readPid(pidFile: string): Promise<number | undefined> {
  const text = await readFile(pidFile, "utf8").catch(() => "");
  const pid = Number.parseInt(text.split("\n")[0] ?? "", 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** The pid may belong to another program by now, so its command line must contain the directory. */
async function isRunning(pid: number, dir: string): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => commandLine(pid));
  return line.includes(dir);
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === "linux") return "";
  const { stdout } = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout;
}
