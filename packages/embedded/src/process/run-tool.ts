import { type ExecFileException, execFile } from "node:child_process";

export interface ToolOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end and returns its stdout.
 *
 * Rejects with an `Error` whose message is one line, fit for a list of failed attempts.
 */
export function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<string> {
  const { timeoutMs, signal, ...rest } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      ...rest,
      ...(signal === undefined ? {} : { signal }),
      timeout: timeoutMs,
      maxBuffer: 4 << 20,
    };
    execFile(command, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(toReason(error, stderr), { cause: error }));
    });
  });
}

function toReason(error: ExecFileException, stderr: string): string {
  if (error.name === "AbortError") return "was cancelled";
  if (error.killed === true) return "took too long and was stopped";
  if (error.code === "ENOENT") return "is not installed";
  const lines = stderr
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.slice(-2).join(" | ").slice(0, 400) || error.message.slice(0, 400);
}
