import { addressSetting, rangesSetting } from "@mio/channel-kit";
import { z } from "zod";
import { addressesOf, type DataCenterName, dataCenterNames, dataCenters } from "./access/data-centers.ts";
import { defaultScopes } from "./access/scopes.ts";

/**
 * The environment variables of Cliq after parsing. Lists and addresses stay text, so that parsing twice changes
 * nothing.
 */
export interface Settings {
  readonly CLIQ_CLIENT_ID: string | undefined;
  readonly CLIQ_CLIENT_SECRET: string | undefined;
  readonly CLIQ_REFRESH_TOKEN: string | undefined;
  readonly CLIQ_BOT_NAME: string | undefined;
  readonly CLIQ_BOT_ID: string;
  readonly CLIQ_DC: DataCenterName;
  readonly CLIQ_API_BASE_URL: string | undefined;
  readonly CLIQ_OAUTH_URL: string | undefined;
  readonly CLIQ_OAUTH_SCOPE: string;
  readonly CLIQ_ATTACHMENT_HOSTS: string;
  readonly CLIQ_ATTACHMENT_ADDRESSES: string;
}

const text = z.string().trim().optional();

export const settings: z.ZodObject<{ [Name in keyof Settings]: z.ZodType<Settings[Name]> }> = z.object({
  CLIQ_CLIENT_ID: text.meta({ description: "Zoho OAuth client id; needed to send and to fetch files" }),
  CLIQ_CLIENT_SECRET: text.meta({ description: "Zoho OAuth client secret", secret: true }),
  CLIQ_REFRESH_TOKEN: text.meta({
    description: "Refresh token of the user who authorised Mio",
    secret: true,
  }),
  CLIQ_BOT_NAME: text.meta({ description: "Unique name of the bot that speaks; needed to send" }),
  CLIQ_BOT_ID: z.string().trim().default("").meta({
    description: "Ids of our own bots, comma-separated, with or without b-; their messages are ignored",
  }),
  CLIQ_DC: z.enum(dataCenterNames).default("us").meta({
    description: "Zoho's data centre of your organisation; sets the two addresses below",
  }),
  CLIQ_API_BASE_URL: addressSetting.optional().meta({
    description: "Cliq's address if it is not that of CLIQ_DC, for example https://cliq.zoho.eu",
  }),
  CLIQ_OAUTH_URL: addressSetting.optional().meta({
    description: "Token endpoint if it is not that of CLIQ_DC",
  }),
  CLIQ_OAUTH_SCOPE: z.string().trim().default(defaultScopes.join(",")).meta({
    description: "Scopes to request when an account is authorised, comma-separated",
  }),
  CLIQ_ATTACHMENT_HOSTS: z
    .string()
    .trim()
    .default(dataCenters.map(({ cliq }) => cliq).join(","))
    .meta({
      description:
        "Hosts from which files may be fetched with the token, comma-separated; the API's host is always allowed",
    }),
  CLIQ_ATTACHMENT_ADDRESSES: rangesSetting.default("").meta({
    description:
      "Addresses that file hosts may have though they are not public, such as 10.1.0.0/16, comma-separated",
  }),
});

/** Cliq's address and the token endpoint: the configured ones, else those of the data centre. */
export function addresses(settings: Settings): { readonly baseUrl: URL; readonly oauthUrl: URL } {
  const { apiBaseUrl, oauthUrl } = addressesOf(settings.CLIQ_DC);
  return {
    baseUrl: new URL(settings.CLIQ_API_BASE_URL ?? apiBaseUrl),
    oauthUrl: new URL(settings.CLIQ_OAUTH_URL ?? oauthUrl),
  };
}
