import { openServers } from "../fleet/servers.ts";
import { createStarter } from "../fleet/services.ts";
import type { PlatformAccess } from "../platform/protocol.ts";
import { toStart } from "./measure-starts.ts";
import type { Start } from "./report.ts";

export interface MeasureFirstBootsOptions {
  readonly natsBinary: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: PlatformAccess;
  readonly boots: number;
  readonly signal: AbortSignal;
}

/** Starts the gateway on new servers: it applies every migration and creates its streams. */
export async function measureFirstBoots(options: MeasureFirstBootsOptions): Promise<readonly Start[]> {
  const { platform, boots, signal } = options;
  const measured: Start[] = [];
  for (let boot = 0; boot < boots; boot += 1) {
    signal.throwIfAborted();
    await using servers = await openServers({ ...options, syncAlways: true, empty: true });
    const start = await createStarter(servers, platform);
    const { process } = await start("gateway");
    measured.push(await toStart(process));
    await process.stop();
  }
  return measured;
}
