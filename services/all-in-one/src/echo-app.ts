import { runEcho } from "@mio/echo";
import type { App, AppContext } from "@mio/service-kit";

export interface EchoSettings {
  readonly servers: string;
  /** How long "thinking…" is shown, in milliseconds. */
  readonly thinkMs: number;
}

/** The example agent as one more app of the fleet. */
export function createEchoApp({ servers, thinkMs }: EchoSettings, { logger }: AppContext): App {
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
            onEvent: (event) => logger.info({ ...event }, "message.answered"),
          }),
      },
    ],
    probes: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
