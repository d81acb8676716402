import { type Log, logConnection, logMessage, runEcho } from "@mio/echo";
import type { App, AppContext } from "@mio/service-kit";

export interface EchoSettings {
  readonly servers: string;
  /** How long "thinking…" is shown, in milliseconds. */
  readonly thinkMs: number;
}

/** The example agent as an app of the fleet. */
export function createEchoApp({ servers, thinkMs }: EchoSettings, { logger }: AppContext): App {
  const log: Log = (level, event, fields = {}) => logger[level]({ ...fields }, event);
  return {
    name: "echo",
    workers: [
      {
        name: "echo",
        run: (signal) =>
          runEcho({
            servers,
            thinkMs,
            signal,
            onConnectionEvent: logConnection(log),
            onEvent: logMessage(log),
          }),
      },
    ],
    probes: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
