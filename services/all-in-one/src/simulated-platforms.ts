import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { type DevAccount, devCliqAccountId, devSlackAccountId } from "./seed-dev.ts";

/** The platforms of a local fleet, and the settings that connect the services to them. */
export interface SimulatedPlatforms extends AsyncDisposable {
  readonly cliq: CliqSimulator;
  readonly slack: SlackSimulator;
  /** One account per platform. */
  readonly accounts: readonly DevAccount[];
  /** The settings that point the channels to the platforms. */
  readonly env: Readonly<Record<string, string>>;
  /** Configures the platforms to post to the gateway. */
  connect(gatewayUrl: string): void;
}

export interface PlatformPorts {
  readonly cliq: number;
  readonly slack: number;
}

/** Starts the simulators and writes the webhook secrets that they sign with. */
export async function startSimulatedPlatforms(
  home: string,
  ports: PlatformPorts,
): Promise<SimulatedPlatforms> {
  await using opening = new AsyncDisposableStack();
  const cliq = opening.use(await startCliqSimulator({ port: ports.cliq }));
  const slack = opening.use(await startSlackSimulator({ port: ports.slack, transport: "socket" }));
  const secrets = join(home, "secrets");
  await writeSecrets(secrets, {
    "cliq-webhook-secret": cliq.webhookSecret,
    "slack-webhook-secret": slack.signingSecret,
  });
  const opened = opening.move();
  return {
    cliq,
    slack,
    accounts: [
      {
        id: devCliqAccountId,
        channelType: "zoho_cliq",
        externalId: cliq.organizationId,
        displayName: "Cliq simulator",
      },
      {
        id: devSlackAccountId,
        channelType: "slack",
        externalId: slack.team.id,
        displayName: "Slack simulator",
      },
    ],
    env: { MIO_SECRETS_DIR: secrets, ...cliqSettings(cliq), ...slackSettings(slack) },
    connect: (gatewayUrl) => {
      cliq.setWebhook({ url: `${gatewayUrl}/webhooks/zoho-cliq` });
      // As in Slack, events go to the socket while Socket Mode is on; the URL is used when it is off.
      slack.setEvents({ url: `${gatewayUrl}/webhooks/slack` });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function writeSecrets(dir: string, secrets: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const [name, secret] of Object.entries(secrets)) {
    await writeFile(join(dir, name), secret, { mode: 0o600 });
  }
}

function cliqSettings(cliq: CliqSimulator): Readonly<Record<string, string>> {
  return {
    CLIQ_CLIENT_ID: cliq.oauth.clientId,
    CLIQ_CLIENT_SECRET: cliq.oauth.clientSecret,
    CLIQ_REFRESH_TOKEN: cliq.oauth.refreshToken,
    CLIQ_BOT_NAME: cliq.bot.uniqueName,
    CLIQ_BOT_ID: cliq.bot.id,
    CLIQ_API_BASE_URL: cliq.apiBaseUrl,
    CLIQ_OAUTH_URL: cliq.oauthUrl,
  };
}

function slackSettings(slack: SlackSimulator): Readonly<Record<string, string>> {
  return {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_BASE_URL: slack.apiBaseUrl,
    SLACK_FILE_HOSTS: slack.fileHost,
  };
}
