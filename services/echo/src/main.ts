import { loadConfig } from "./config.ts";
import { describeFailure, logConnection, logMessage } from "./events.ts";
import { createLog } from "./log.ts";
import { runEcho } from "./run-echo.ts";

const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());

let log = createLog("info", (line) => process.stdout.write(line));
try {
  const { logLevel, credsFile, ...config } = loadConfig(process.env);
  log = createLog(logLevel, (line) => process.stdout.write(line));
  if (!config.enabled) log("warn", "echo.dry_run", { reason: "ECHO_ENABLED is false; nothing will be sent" });
  await runEcho({
    ...config,
    ...(credsFile === undefined ? {} : { credentials: { credsFile } }),
    signal: stop.signal,
    onConnected: () => log("info", "echo.connected"),
    onConnectionEvent: logConnection(log),
    onEvent: logMessage(log),
  });
  log("info", "echo.stopped");
} catch (error) {
  if (!stop.signal.aborted) {
    log("error", "echo.failed", describeFailure(error));
    process.exitCode = 1;
  }
}
