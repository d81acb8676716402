import { runTool } from "../process/run-tool.ts";
import { minimumNatsVersion } from "./nats-release.ts";

/** Compares dotted versions by number; ignores pre-release suffixes. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = toNumbers(version);
  const want = toNumbers(minimum);
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function toNumbers(version: string): number[] {
  return (version.split(/[-+~]/)[0] ?? "").split(".").map((part) => Number.parseInt(part, 10) || 0);
}

/**
 * Checks that a program is a nats-server that Mio supports.
 *
 * Rejects with an `Error` that names the reason: missing, not executable, another program, or too old.
 */
export async function assertUsableNats(path: string, signal?: AbortSignal): Promise<void> {
  const printed = await runTool(path, ["-v"], { timeoutMs: 10_000, signal });
  const version = /nats-server:?\s+v?(\d+\.\d+\.\d+\S*)/i.exec(printed)?.[1];
  if (version === undefined) throw new Error("does not answer -v like a nats-server");
  if (!isAtLeast(version, minimumNatsVersion)) {
    throw new Error(`is version ${version}; ${minimumNatsVersion} or later is needed`);
  }
}
