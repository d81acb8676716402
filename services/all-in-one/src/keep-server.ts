import { MioError } from "@mio/failure";
import { type Clock, pause } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import { type DiskSpace, sayFull } from "./disk-space.ts";

/** A server that the fleet depends on. */
export interface KeptServer {
  readonly name: string;
  /** Changes at every restart. */
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the current process has exited, with the signal or exit code. */
  readonly ended: Promise<string>;
  /** On the same port and folder. */
  restart(): Promise<void>;
  /** A restart in progress: the process was stopped on request. */
  readonly restarting: Promise<void> | undefined;
  /** Whether its state survives a restart. */
  readonly remembers: boolean;
  /** Explains the exit: the path of its log, or its last lines if the log will be removed. */
  evidence(): Promise<string>;
}

export interface KeepOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The disk of the servers' state: they cannot start while it is full. */
  readonly disk: DiskSpace;
  /** Aborts when the fleet stops and ends its servers itself. */
  readonly signal: AbortSignal;
}

type Restart =
  | { readonly kind: "started" }
  | { readonly kind: "given up"; readonly why: string; readonly cause?: unknown };

const maxRestarts = 5;
const withinMs = 60_000;

/**
 * Restarts a server after each unexpected exit, and logs it. Resolves with the reason why the fleet cannot continue:
 * the server lost its state, does not start, or exits repeatedly. Resolves with undefined when `signal` aborts. Never
 * rejects.
 */
export async function keepServer(server: KeptServer, options: KeepOptions): Promise<MioError | undefined> {
  const { logger, signal } = options;
  const restart = createRestart(server, options);
  const stopped = whenAborted(signal);
  for (;;) {
    const how = await Promise.race([server.ended, stopped]);
    if (how === undefined || signal.aborted) return undefined;
    const { name, logFile, restarting } = server;
    if (restarting === undefined) {
      logger.error(
        { event: "server.ended", server: name, how, log_file: logFile },
        `${name} ended by itself (${how})`,
      );
    }
    const outcome = await (restarting === undefined ? restart() : toRestart(restarting));
    if (signal.aborted) return undefined;
    if (outcome.kind === "given up") {
      const message = `${name} ended (${how}), and ${outcome.why}. ${await server.evidence()}`;
      const { cause } = outcome;
      return new MioError("embedded.server_ended", message, { details: { server: name, how }, cause });
    }
    logger.warn({ event: "server.started_again", server: name }, `${name} was started again`);
  }
}

function createRestart(server: KeptServer, options: KeepOptions): () => Promise<Restart> {
  const ends: number[] = [];
  return async () => {
    if (!server.remembers) return { kind: "given up", why: "what it kept in memory is gone" };
    await untilSpace(options);
    const now = options.clock.now().getTime();
    ends.push(now);
    const lately = ends.filter((at) => now - at < withinMs);
    if (lately.length > maxRestarts) {
      return { kind: "given up", why: `it was started again ${maxRestarts} times` };
    }
    return await toRestart(server.restart());
  };
}

async function toRestart(restart: Promise<void>): Promise<Restart> {
  try {
    await restart;
    return { kind: "started" };
  } catch (cause) {
    return { kind: "given up", why: "it does not start again", cause };
  }
}

/** Waits for free space: on a full disk the server cannot start, but it is not given up either. */
async function untilSpace({ disk, clock, logger, signal }: KeepOptions): Promise<void> {
  for (let looks = 0; !signal.aborted && !(await disk.hasSpace()); looks += 1) {
    if (looks === 0) sayFull(logger, disk);
    await pause(1_000, { clock, signal });
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
