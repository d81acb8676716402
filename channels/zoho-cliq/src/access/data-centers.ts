export type DataCenterName = "us" | "eu" | "in" | "au" | "jp" | "ca" | "sa" | "cn" | "uk";

/** One of Zoho's data centres. Each stores only its users' data. */
export interface DataCenter {
  readonly name: DataCenterName;
  readonly cliq: string;
  readonly accounts: string;
  /** Its names in the `api_domain` of token answers: hosts for other products, never Cliq's. */
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
  // Canada's products have a separate domain; some answers contain it, some the usual one.
  ca: center("ca", "zohocloud.ca", "zohoapis.ca", "zohocloud.ca"),
  sa: center("sa", "zoho.sa", "zohoapis.sa"),
  cn: center("cn", "zoho.com.cn", "zohoapis.com.cn"),
  uk: center("uk", "zoho.uk", "zohoapis.uk"),
};

export const dataCenters: readonly DataCenter[] = Object.values(centers);

export const dataCenterNames: readonly DataCenterName[] = dataCenters.map(({ name }) => name);

/** The addresses of Cliq and the token endpoint in a data centre. */
export function addressesOf(name: DataCenterName): {
  readonly apiBaseUrl: string;
  readonly oauthUrl: string;
} {
  const { cliq, accounts } = centers[name];
  return { apiBaseUrl: `https://${cliq}`, oauthUrl: `https://${accounts}${tokenPath}` };
}

export const tokenPath: string = "/oauth/v2/token";

/** The data centre of a token answer's `api_domain`; undefined if unknown. */
export function centerOfApiDomain(apiDomain: string): DataCenter | undefined {
  const host = URL.parse(apiDomain)?.host;
  return dataCenters.find(({ apiDomains }) => host !== undefined && apiDomains.includes(host));
}

/** The data centre of an accounts server, from the callback's `accounts-server` or an address on it. */
export function centerOfAccounts(address: string): DataCenter | undefined {
  const host = URL.parse(address)?.host;
  return dataCenters.find(({ accounts }) => accounts === host);
}

/** The data centre of the callback's `location`. */
export function centerOfLocation(location: string): DataCenter | undefined {
  return dataCenters.find(({ name }) => name === location.toLowerCase());
}

/** The address in the given data centre. An address that is not Zoho's, such as a proxy, stays. */
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
