import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreePorts, type NodeProcess, startProcess } from "@mio/embedded";

export type ServiceName = "gateway" | "sender-pool" | "media-vault" | "echo";

export type Env = Readonly<Record<string, string>>;

/** A service that runs as a separate process. */
export interface Service extends AsyncDisposable {
  readonly process: NodeProcess;
  /** The public port of a gateway. */
  readonly url: string;
  readonly logFile: string;
  /** The status of `/readyz`; 0 without an answer. */
  readyz(): Promise<number>;
}

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Starts a service on free ports, which it keeps across restarts. */
export async function startService(
  name: ServiceName,
  { env, dir }: { readonly env: Env; readonly dir: string },
): Promise<Service> {
  const [port = 0, opsPort = 0] = await findFreePorts(2);
  const readyUrl = `http://127.0.0.1:${opsPort}/readyz`;
  const logFile = join(dir, `${name}-${opsPort}.log`);
  const process = await startProcess({
    module: join(repository, "services", name, "src/main.ts"),
    logFile,
    // echo is an agent without an HTTP server.
    ...(name === "echo" ? { readyText: "echo.connected" } : { readyUrl }),
    env: { ...env, MIO_PORT: String(port), MIO_OPS_PORT: String(opsPort) },
  });
  return {
    process,
    url: `http://127.0.0.1:${port}`,
    logFile,
    readyz: () =>
      fetch(readyUrl, { signal: AbortSignal.timeout(5_000) }).then(
        ({ status }) => status,
        () => 0,
      ),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
