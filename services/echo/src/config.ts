import type { LogLevel } from "./log.ts";

/** The settings of echo. */
export interface EchoConfig {
  readonly servers: string;
  /** A NATS credentials file; absent for a server without credentials. */
  readonly credsFile?: string;
  /** False: echo reads and acknowledges messages, and sends nothing. */
  readonly enabled: boolean;
  readonly thinkMs: number;
  readonly logLevel: LogLevel;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment; the table in README.md describes each name.
 *
 * @throws Error that lists every invalid setting
 */
export function loadConfig(env: Env): EchoConfig {
  const problems: string[] = [];
  const credsFile = env["MIO_NATS_CREDS_FILE"];
  const config: EchoConfig = {
    servers: env["MIO_NATS_URLS"] || env["NATS_URL"] || "nats://localhost:4222",
    ...(credsFile ? { credsFile } : {}),
    enabled: readFlag(env, "ECHO_ENABLED", problems),
    thinkMs: readMilliseconds(env, "ECHO_THINK_MS", problems),
    logLevel: readLevel(env, "MIO_LOG_LEVEL", problems),
  };
  if (problems.length > 0) throw new Error(`Cannot start: ${problems.join("; ")}.`);
  return config;
}

const yes = new Set(["", "1", "t", "true", "y", "yes", "on"]);
const no = new Set(["0", "f", "false", "n", "no", "off"]);

function readFlag(env: Env, name: string, problems: string[]): boolean {
  const value = (env[name] ?? "").trim().toLowerCase();
  if (!yes.has(value) && !no.has(value)) problems.push(`${name} must be true or false`);
  return !no.has(value);
}

function readMilliseconds(env: Env, name: string, problems: string[]): number {
  const text = (env[name] ?? "").trim();
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    problems.push(`${name} must be whole milliseconds, 0 or more`);
  return value;
}

function readLevel(env: Env, name: string, problems: string[]): LogLevel {
  const value = (env[name] ?? "").trim().toLowerCase() || "info";
  if (value === "debug" || value === "info" || value === "warn" || value === "error") return value;
  problems.push(`${name} must be debug, info, warn or error`);
  return "info";
}
