export { createEcho, type Echo, type EchoEvent, type EchoOptions } from "./app.ts";
export { logConnection, logMessage } from "./events.ts";
export type { Log } from "./log.ts";
export { type RunEchoOptions, runEcho } from "./run-echo.ts";
