import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findFreePorts, type NodeProcess, startProcess } from "@mio/embedded";
import type { ServiceName } from "@mio/tools";
import { mainOf } from "../build-output.ts";
import type { PlatformAccess } from "../platform/protocol.ts";
import type { Servers } from "./servers.ts";

/** A shipped service in a separate process. */
export interface Service {
  readonly process: NodeProcess;
  readonly url: string;
}

/** Starts built services that talk to the simulated Cliq. The caller owns their processes. */
export async function createStarter(
  { dir, dsn, natsUrl }: Servers,
  cliq: PlatformAccess,
): Promise<(name: ServiceName) => Promise<Service>> {
  const secretsDir = join(dir, "secrets");
  await mkdir(secretsDir, { recursive: true });
  await writeFile(join(secretsDir, "cliq-webhook-secret"), cliq.webhookSecret);
  const base = {
    MIO_ENV: "staging",
    MIO_LOG_LEVEL: "warn",
    MIO_HOST: "127.0.0.1",
    MIO_OPS_HOST: "127.0.0.1",
    MIO_NATS_URLS: natsUrl,
    MIO_POSTGRES_DSN: dsn,
    MIO_BLOB_URL: pathToFileURL(join(dir, "blobs")).href,
    MIO_SECRETS_DIR: secretsDir,
    CLIQ_CLIENT_ID: cliq.oauth.clientId,
    CLIQ_CLIENT_SECRET: cliq.oauth.clientSecret,
    CLIQ_REFRESH_TOKEN: cliq.oauth.refreshToken,
    CLIQ_BOT_NAME: cliq.bot.uniqueName,
    CLIQ_BOT_ID: cliq.bot.id,
    CLIQ_API_BASE_URL: cliq.apiBaseUrl,
    CLIQ_OAUTH_URL: cliq.oauthUrl,
  };
  return async (name) => {
    const [port = 0, opsPort = 0] = await findFreePorts(2);
    const process = await startProcess({
      module: mainOf(name),
      logFile: join(dir, `${name}-${opsPort}.log`),
      // echo is an agent: it has no health port, and prints a line when it is ready.
      ...(name === "echo"
        ? { readyText: "echo.connected" }
        : { readyUrl: `http://127.0.0.1:${opsPort}/readyz` }),
      env: {
        ...base,
        ...(name === "echo" && { MIO_LOG_LEVEL: "info" }),
        MIO_PORT: String(port),
        MIO_OPS_PORT: String(opsPort),
      },
    });
    return { process, url: `http://127.0.0.1:${port}` };
  };
}
