import { join } from "node:path";
import type { Io } from "./io.ts";

/** Returns the path of the nats-server; downloads it into the tools folder if the machine has none. */
export async function natsBinary(io: Io): Promise<string> {
  const { obtainNatsServer } = await import("@mio/embedded");
  return obtainNatsServer({
    toolsDir: join(io.root, ".tools"),
    env: io.env,
    signal: io.signal,
    onProgress: (line) => io.note(`mio: ${line}`),
  });
}
