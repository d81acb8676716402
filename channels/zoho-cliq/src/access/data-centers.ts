export type DataCenterName = "us" | "eu" | "in" | "au" | "jp" | "ca" | "sa" | "cn" | "uk";

/** One of Zoho's data centres. Each holds its users' data alone. */
export interface DataCenter {
  readonly name: DataCenterName;
  readonly cliq: string;
  readonly accounts: string;
  /** What a token answer calls it in `api_domain`: a host for other products, never Cliq's. */
  readonly apiDomains: readonly string[];
}

/**
 * @see https://www.zoho.com/accounts/protocol/oauth/multi-dc.html
 * @see https://www.zoho.com/crm/developer/docs/api/v8/multi-dc.html
 */
const centers: Readonly<Record<DataCenterName, DataCenter>> = {
  us: center("us", "zoho.com", "zohoapis.com"),
  eu: center("eu", "zoho.eu", "zohoapis.eu"),
  in: center("in", "zoho.in", "zohoapis.in"),
  au: center("au", "zoho.com.au", "zohoapis.com.au"),
  jp: center("jp", "zoho.jp", "zohoapis.jp"),
  // Canada's products are under a domain of their own; some answers name it, some the usual one.
  ca: center("ca", "zohocloud.ca", "zohoapis.ca", "zohocloud.ca"),
  sa: center("sa", "zoho.sa", "zohoapis.sa"),
  cn: center("cn", "zoho.com.cn", "zohoapis.com.cn"),
  uk: center("uk", "zoho.uk", "zohoapis.uk"),
};

export const dataCenters: readonly DataCenter[] = Object.values(centers);

export const dataCenterNames: readonly DataCenterName[] = dataCenters.map(({ name }) => name);

/** Where a data centre's Cliq and its tokens are. */
export function addressesOf(name: DataCenterName): {
  readonly apiBaseUrl: string;
  readonly oauthUrl: string;
} {
  const { cliq, accounts } = centers[name];
  return { apiBaseUrl: `https://${cliq}`, oauthUrl: `https://${accounts}${tokenPath}` };
}

export const tokenPath: string = "/oauth/v2/token";

/** The data centre that a token answer's `api_domain` means; undefined for one that is not known. */
export function centerOfApiDomain(apiDomain: string): DataCenter | undefined {
  const host = URL.parse(apiDomain)?.host;
  return dataCenters.find(({ apiDomains }) => host !== undefined && apiDomains.includes(host));
}

/** The data centre whose accounts server this is, by the callback's `accounts-server` or an address of it. */
export function centerOfAccounts(address: string): DataCenter | undefined {
  const host = URL.parse(address)?.host;
  return dataCenters.find(({ accounts }) => accounts === host);
}

/** The data centre of the callback's `location`. */
export function centerOfLocation(location: string): DataCenter | undefined {
  return dataCenters.find(({ name }) => name === location.toLowerCase());
}

/** The same call in the right data centre. An address that is none of Zoho's own, such as a proxy, is kept. */
export function inCenter(url: URL, center: DataCenter | undefined): URL {
  const isCliq = dataCenters.some(({ cliq }) => url.host === cliq);
  const isAccounts = dataCenters.some(({ accounts }) => url.host === accounts);
  if (center === undefined || !(isCliq || isAccounts)) return url;
  const moved = new URL(url);
  moved.host = isCliq ? center.cliq : center.accounts;
  return moved;
}

function center(name: DataCenterName, domain: string, ...apiDomains: readonly string[]): DataCenter {
  return {
    name,
    cliq: `cliq.${domain}`,
    accounts: `accounts.${domain}`,
    apiDomains: apiDomains.map((apiDomain) => `www.${apiDomain}`),
  };
}
