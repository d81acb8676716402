import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { close, open } from "node:fs";
import { promisify } from "node:util";

export interface GuardedOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Receives stdout and stderr. */
  readonly logFile: string;
  /** Whether to append to the log, so that a restart keeps the last lines before it. Default false. */
  readonly appendLog?: boolean | undefined;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Sent if this process exits without stopping the child; SIGKILL follows after five seconds. */
  readonly orphanSignal: "INT" | "TERM";
}

/** A child process that cannot outlive the process that started it. */
export interface GuardedChild {
  readonly pid: number;
  /** Resolves when the child has exited, with `SIGKILL` or `exit code 1`, for example. */
  readonly exited: Promise<string>;
  hasExited(): boolean;
  /** Undefined while it runs and after a signal ended it. */
  exitCode(): number | undefined;
  /** Sends a signal; false if the child has exited. */
  signal(signal: NodeJS.Signals): boolean;
}

/**
 * The guard: a process that reads fd 3, whose other end only the parent has. A line means that the child ended
 * normally. End of file means that the parent is gone, even by SIGKILL, and the guard ends the child. The shell then
 * becomes the child by `exec`, so `pid` is the child's own. The guard is detached twice, because Postgres must not
 * receive SIGCHLD for a process it did not start.
 */
const guardScript = `
orphan_signal=$1; shift
((if read -r line <&3; then exit 0; fi
  kill -s "$orphan_signal" $$; tries=0
  while kill -0 $$ && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -s KILL $$) >/dev/null 2>&1 </dev/null &)
exec "$@" 3<&-
`;

const openFile = promisify(open);
const closeFile = promisify(close);

/** Starts a program that ends with this process, in a separate session so that Ctrl-C does not reach it. */
export async function spawnGuarded(options: GuardedOptions): Promise<GuardedChild> {
  const log = await openFile(options.logFile, options.appendLog ? "a" : "w", 0o644);
  try {
    const child = spawn(
      "/bin/sh",
      ["-c", guardScript, "mio-guard", options.orphanSignal, options.command, ...options.args],
      {
        stdio: ["ignore", log, log, "pipe"],
        detached: true,
        env: options.env ?? {},
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.uid === undefined ? {} : { uid: options.uid }),
        ...(options.gid === undefined ? {} : { gid: options.gid }),
      },
    );
    await once(child, "spawn");
    return toGuarded(child);
  } finally {
    await closeFile(log);
  }
}

function toGuarded(child: ChildProcess): GuardedChild {
  const { pid } = child;
  const guard = child.stdio[3];
  if (pid === undefined || guard === null || guard === undefined || !("end" in guard)) {
    throw new TypeError("a spawned child has a pid and a guard pipe");
  }
  // A guard that has already exited (EPIPE) needs no message.
  guard.on("error", () => {});
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      guard.end("ended\n");
      resolve(signal ?? `exit code ${code}`);
    });
  });
  return {
    pid,
    exited,
    hasExited,
    exitCode: () => child.exitCode ?? undefined,
    signal: (signal) => !hasExited() && child.kill(signal),
  };
}
