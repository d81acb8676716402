export { createEcho, type Echo, type EchoEvent, type EchoOptions } from "./app.ts";
export { type RunEchoOptions, runEcho } from "./run-echo.ts";
