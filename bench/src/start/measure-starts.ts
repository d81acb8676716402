import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePort, type NodeProcess, startProcess } from "@mio/embedded";
import { cpuSecondsOf } from "../fleet/cpu-time.ts";
import type { Servers } from "../fleet/servers.ts";
import { createStarter } from "../fleet/services.ts";
import type { PlatformAccess } from "../platform/protocol.ts";
import type { Start, StartName } from "./report.ts";

const startNames: readonly StartName[] = ["bare", "gateway", "media-vault", "sender-pool"];

export interface MeasureStartsOptions {
  readonly servers: Servers;
  readonly platform: PlatformAccess;
  readonly starts: number;
  readonly signal: AbortSignal;
}

/**
 * Starts each process several times, in turns. A start ends at the first good answer of `/readyz`. The first start of
 * each is not counted: it creates the streams, and reads the files from the disk.
 */
export async function measureStarts(
  options: MeasureStartsOptions,
): Promise<ReadonlyMap<StartName, readonly Start[]>> {
  const { servers, platform, starts, signal } = options;
  const startService = await createStarter(servers, platform);
  const measured = new Map<StartName, readonly Start[]>();
  for (let turn = 0; turn <= starts; turn += 1) {
    for (const name of startNames) {
      signal.throwIfAborted();
      const process = name === "bare" ? await startBare(servers.dir) : (await startService(name)).process;
      const start = await toStart(process);
      await process.stop();
      if (turn > 0) measured.set(name, [...(measured.get(name) ?? []), start]);
    }
  }
  return measured;
}

/** The start of a process that has just become ready. */
export async function toStart({ pid, coldStartMs }: NodeProcess): Promise<Start> {
  return { ms: coldStartMs, cpuSeconds: await cpuSecondsOf(pid) };
}

const bareModule = fileURLToPath(new URL("../../dist/start/bare/main.js", import.meta.url));

async function startBare(dir: string): Promise<NodeProcess> {
  const port = await findFreePort();
  return await startProcess({
    module: bareModule,
    readyUrl: `http://127.0.0.1:${port}`,
    logFile: join(dir, "bare.log"),
    env: { BARE_PORT: String(port) },
  });
}
