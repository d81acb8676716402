export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes one JSON line per event. */
export type Log = (level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>) => void;

const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export function createLog(lowest: LogLevel, write: (line: string) => void): Log {
  return (level, event, fields = {}) => {
    if (order.indexOf(level) < order.indexOf(lowest)) return;
    write(
      `${JSON.stringify({ level, time: new Date().toISOString(), service: "echo", event, ...fields })}\n`,
    );
  };
}
