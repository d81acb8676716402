import { addressSetting, rangesSetting } from "@mio/channel-kit";
import { z } from "zod";

/**
 * The environment variables of Slack after parsing. Lists and addresses stay text, so that parsing twice changes
 * nothing.
 */
export interface Settings {
  readonly SLACK_BOT_TOKEN: string | undefined;
  readonly SLACK_APP_TOKEN: string | undefined;
  readonly SLACK_CLIENT_ID: string | undefined;
  readonly SLACK_CLIENT_SECRET: string | undefined;
  readonly SLACK_API_BASE_URL: string;
  readonly SLACK_FILE_HOSTS: string;
  readonly SLACK_FILE_ADDRESSES: string;
  readonly SLACK_BOT_MESSAGES: "keep" | "ignore";
}

/** Slack's file hosts; workspaces of an enterprise use hosts below these. */
const slackFileHosts = ["files.slack.com", "slack-files.com"];

const text = z.string().trim().optional();

export const settings: z.ZodObject<{ [Name in keyof Settings]: z.ZodType<Settings[Name]> }> = z.object({
  SLACK_BOT_TOKEN: text.meta({
    description: "Bot token (xoxb-…) for accounts without their own; needed to send and to fetch files",
    secret: true,
  }),
  SLACK_APP_TOKEN: text.meta({
    description:
      "App-level token (xapp-…) with connections:write; with it and a bot token, Socket Mode is on",
    secret: true,
  }),
  SLACK_CLIENT_ID: text.meta({ description: "Client id of the Slack app; needed if its tokens rotate" }),
  SLACK_CLIENT_SECRET: text.meta({ description: "Client secret of the Slack app", secret: true }),
  SLACK_API_BASE_URL: addressSetting.default("https://slack.com/api/").meta({
    description: "Slack's Web API; another address is for simulators and GovSlack",
  }),
  SLACK_FILE_HOSTS: z.string().trim().default(slackFileHosts.join(",")).meta({
    description: "Hosts that files may be fetched from with the token, comma-separated",
  }),
  SLACK_FILE_ADDRESSES: rangesSetting.default("").meta({
    description:
      "Addresses that file hosts may have though they are not public, such as 10.1.0.0/16, comma-separated",
  }),
  SLACK_BOT_MESSAGES: z.enum(["keep", "ignore"]).default("keep").meta({
    description:
      "Messages of other apps: keep them, flagged as a bot's, or ignore them; our own are always ignored",
  }),
});
