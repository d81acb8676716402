import { z } from "zod";

/** The environment variables of Slack, read. Lists and addresses stay text here, so that reading twice changes nothing. */
export interface Settings {
  readonly SLACK_BOT_TOKEN: string | undefined;
  readonly SLACK_APP_TOKEN: string | undefined;
  readonly SLACK_CLIENT_ID: string | undefined;
  readonly SLACK_CLIENT_SECRET: string | undefined;
  readonly SLACK_API_BASE_URL: string;
  readonly SLACK_FILE_HOSTS: string;
  readonly SLACK_BOT_MESSAGES: "keep" | "ignore";
}

/** Where Slack keeps files; workspaces of an enterprise use hosts of their own below these. */
const slackFileHosts = ["files.slack.com", "slack-files.com"];

const text = z.string().trim().optional();

const address = z
  .string()
  .trim()
  .refine(isSafeAddress, "must be an https address (http only for this machine itself), without a password");

export const settings: z.ZodObject<{ [Name in keyof Settings]: z.ZodType<Settings[Name]> }> = z.object({
  SLACK_BOT_TOKEN: text.meta({
    description:
      "Bot token (xoxb-…) of accounts that have none of their own; needed to send and to fetch files",
    secret: true,
  }),
  SLACK_APP_TOKEN: text.meta({
    description:
      "App-level token (xapp-…) with connections:write; with it and a bot token, Socket Mode is on",
    secret: true,
  }),
  SLACK_CLIENT_ID: text.meta({ description: "Client id of the Slack app; needed where its tokens rotate" }),
  SLACK_CLIENT_SECRET: text.meta({ description: "Client secret of the Slack app", secret: true }),
  SLACK_API_BASE_URL: address.default("https://slack.com/api/").meta({
    description: "Slack's Web API; another address is for simulators and GovSlack",
  }),
  SLACK_FILE_HOSTS: z.string().trim().default(slackFileHosts.join(",")).meta({
    description: "Hosts that files may be fetched from with the token, comma-separated",
  }),
  SLACK_BOT_MESSAGES: z.enum(["keep", "ignore"]).default("keep").meta({
    description:
      "What becomes of messages by other apps: kept and flagged as a bot's, or ignored; our own never come in",
  }),
});

/** The hosts of a comma-separated list, as they appear in addresses. */
export function parseHosts(list: string): ReadonlySet<string> {
  const hosts = list.split(",").map((host) => host.trim().toLowerCase());
  return new Set(hosts.filter((host) => host !== ""));
}

/** Whether an address is this machine itself, where plain http leaves no network to listen on. */
export function isLoopback(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

function isSafeAddress(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}
