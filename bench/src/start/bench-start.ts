import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildOutput } from "../build-output.ts";
import { openServers } from "../fleet/servers.ts";
import type { PlatformAccess } from "../platform/protocol.ts";
import { startPlatform } from "../platform/start-platform.ts";
import { measureFirstBoots } from "./measure-first-boots.ts";
import { measureStarts } from "./measure-starts.ts";
import { measureUp, type UpTimes } from "./measure-up.ts";
import { type StartReport, toReport } from "./report.ts";

export interface BenchStartOptions {
  readonly natsBinary: string;
  /** The environment in which to look for Postgres. */
  readonly env: NodeJS.ProcessEnv;
  /** How often each process starts. */
  readonly starts: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** Of `./mio up` in each way, and of first boots: each takes seconds. */
const fewStarts = 3;

/** Measures how long built services take until they are ready, and `./mio up` until the first answer. */
export async function benchStart(options: BenchStartOptions): Promise<StartReport> {
  const { starts, signal, onProgress } = options;
  onProgress("building, as images do");
  await buildOutput(["gateway", "media-vault", "sender-pool"], signal);
  await using platform = await startPlatform();
  onProgress(`starting each service ${starts} times on a migrated database`);
  const measured = await measureServices(options, platform.access);
  onProgress("starting the gateway on new servers");
  const firstBoots = await measureFirstBoots({ ...options, platform: platform.access, boots: fewStarts });
  onProgress("running ./mio up until its first answer");
  const report: StartReport = toReport({ starts: measured, firstBoots, up: await measureUps(options) });
  return report;
}

async function measureServices(options: BenchStartOptions, platform: PlatformAccess) {
  await using servers = await openServers({ ...options, syncAlways: true });
  await servers.addAccount(platform.organizationId);
  return await measureStarts({ ...options, servers, platform });
}

async function measureUps({ env, signal }: BenchStartOptions) {
  const memory: UpTimes[] = [];
  const newFolder: UpTimes[] = [];
  const again: UpTimes[] = [];
  for (let run = 0; run < fewStarts; run += 1) {
    const dir = await mkdtemp(join(tmpdir(), "mio-bench-up-"));
    try {
      memory.push(await measureUp(["--memory"], env, signal));
      newFolder.push(await measureUp(["--data", dir], env, signal));
      again.push(await measureUp(["--data", dir], env, signal));
    } finally {
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  return { memory, newFolder, again };
}
