import { z } from "zod";

/** The environment variables of Cliq, read. Lists and addresses stay text here, so that reading twice changes nothing. */
export interface Settings {
  readonly CLIQ_CLIENT_ID: string | undefined;
  readonly CLIQ_CLIENT_SECRET: string | undefined;
  readonly CLIQ_REFRESH_TOKEN: string | undefined;
  readonly CLIQ_BOT_NAME: string | undefined;
  readonly CLIQ_BOT_ID: string;
  readonly CLIQ_API_BASE_URL: string;
  readonly CLIQ_OAUTH_URL: string;
  readonly CLIQ_ATTACHMENT_HOSTS: string;
}

/** The hosts of Cliq in Zoho's data centres. */
const zohoHosts = [
  "cliq.zoho.com",
  "cliq.zoho.eu",
  "cliq.zoho.in",
  "cliq.zoho.com.au",
  "cliq.zoho.com.cn",
  "cliq.zoho.jp",
  "cliq.zoho.sa",
  "cliq.zoho.uk",
  "cliq.zohocloud.ca",
];

const text = z.string().trim().optional();

const address = z
  .string()
  .trim()
  .refine(isSafeAddress, "must be an https address (http only for this machine itself), without a password");

export const settings: z.ZodObject<{ [Name in keyof Settings]: z.ZodType<Settings[Name]> }> = z.object({
  CLIQ_CLIENT_ID: text.meta({ description: "Zoho OAuth client id; needed to send and to fetch files" }),
  CLIQ_CLIENT_SECRET: text.meta({ description: "Zoho OAuth client secret", secret: true }),
  CLIQ_REFRESH_TOKEN: text.meta({
    description: "Refresh token of the user who authorised Mio",
    secret: true,
  }),
  CLIQ_BOT_NAME: text.meta({ description: "Unique name of the bot that speaks; needed to send" }),
  CLIQ_BOT_ID: z.string().trim().default("").meta({
    description: "Ids of our own bots, comma-separated, with or without b-; their messages are not taken in",
  }),
  CLIQ_API_BASE_URL: address.default("https://cliq.zoho.com").meta({
    description: "Cliq of your data centre, for example https://cliq.zoho.eu",
  }),
  CLIQ_OAUTH_URL: address.default("https://accounts.zoho.com/oauth/v2/token").meta({
    description: "Token endpoint of your data centre",
  }),
  CLIQ_ATTACHMENT_HOSTS: z.string().trim().default(zohoHosts.join(",")).meta({
    description:
      "Hosts that files may be fetched from with the token, comma-separated; the API's host is always one",
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
