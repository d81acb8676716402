import { join } from "node:path";
import type { Io } from "./io.ts";

/** The nats-server to run, fetched into the tools folder when the machine has none. */
export async function natsBinary(io: Io): Promise<string> {
  const { obtainNatsServer } = await import("@mio/embedded");
  return obtainNatsServer({
    toolsDir: join(io.root, ".tools"),
    env: io.env,
    signal: io.signal,
    onProgress: (line) => io.note(`mio: ${line}`),
  });
}
