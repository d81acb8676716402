import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulators";

/** The platforms of a local fleet, and the settings that point the channels at them. */
export interface SimulatedPlatforms extends AsyncDisposable {
  readonly cliq: CliqSimulator;
  readonly env: Readonly<Record<string, string>>;
  /** Lets the platforms post to the gateway. */
  connect(gatewayUrl: string): void;
}

/** Starts the simulators and writes the webhook secrets they sign with. */
export async function startSimulatedPlatforms(home: string, port: number): Promise<SimulatedPlatforms> {
  const cliq = await startCliqSimulator({ port });
  const secretsDir = join(home, "secrets");
  await mkdir(secretsDir, { recursive: true, mode: 0o700 });
  await writeFile(join(secretsDir, "cliq-webhook-secret"), cliq.webhookSecret, { mode: 0o600 });
  return {
    cliq,
    env: {
      MIO_SECRETS_DIR: secretsDir,
      CLIQ_CLIENT_ID: cliq.oauth.clientId,
      CLIQ_CLIENT_SECRET: cliq.oauth.clientSecret,
      CLIQ_REFRESH_TOKEN: cliq.oauth.refreshToken,
      CLIQ_BOT_NAME: cliq.bot.uniqueName,
      CLIQ_BOT_ID: cliq.bot.id,
      CLIQ_API_BASE_URL: cliq.apiBaseUrl,
      CLIQ_OAUTH_URL: cliq.oauthUrl,
    },
    connect: (gatewayUrl) => cliq.setWebhook({ url: `${gatewayUrl}/webhooks/zoho-cliq` }),
    [Symbol.asyncDispose]: () => cliq[Symbol.asyncDispose](),
  };
}
