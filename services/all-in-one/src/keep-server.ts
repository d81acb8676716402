import { MioError, toMioError } from "@mio/failure";
import type { Clock, Logger } from "@mio/service-kit";

/** A server that the fleet stands on. */
export interface KeptServer {
  readonly name: string;
  /** Changes at every restart. */
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process that runs now is gone, with how. */
  readonly ended: Promise<string>;
  /** On the same port and folder. */
  restart(): Promise<void>;
  /** Whether what it held is still there after a restart. */
  readonly remembers: boolean;
}

export interface KeepOptions {
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** Aborts when the fleet stops and ends its servers itself. */
  readonly signal: AbortSignal;
}

const maxRestarts = 5;
const withinMs = 60_000;

/**
 * Starts a server again that ended by itself, and says so. Resolves with why the fleet cannot go on: the server forgot
 * what was entrusted to it, does not start, or ends again and again; with undefined when `signal` aborts. Never rejects.
 */
export async function keepServer(
  server: KeptServer,
  { clock, logger, signal }: KeepOptions,
): Promise<MioError | undefined> {
  const ends: number[] = [];
  const stopped = whenAborted(signal);
  const tryAgain = async (): Promise<string | Error> => {
    if (!server.remembers) return "what it kept in memory is gone";
    const now = clock.now().getTime();
    ends.push(now);
    if (ends.filter((at) => now - at < withinMs).length > maxRestarts)
      return `it was started again ${maxRestarts} times`;
    return await server.restart().then(
      () => "",
      (error: unknown) => toMioError(error),
    );
  };
  for (;;) {
    const how = await Promise.race([server.ended, stopped]);
    if (how === undefined || signal.aborted) return undefined;
    const { name, logFile } = server;
    logger.error({ server: name, how, log_file: logFile }, "server.ended");
    const trouble = await tryAgain();
    if (trouble !== "") return signal.aborted ? undefined : toFailure(server, how, trouble);
    logger.warn({ server: name }, "server.started_again");
  }
}

function toFailure({ name, logFile }: KeptServer, how: string, trouble: string | Error): MioError {
  const why = typeof trouble === "string" ? trouble : "it does not start again";
  return new MioError("embedded.server_ended", `${name} ended (${how}), and ${why}. Its log: ${logFile}`, {
    details: { server: name, how },
    ...(typeof trouble !== "string" && { cause: trouble }),
  });
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
