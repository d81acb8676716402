import { isLoopback } from "../http/safe-address.ts";

/** Which addresses may receive an account's token. */
export interface FileHosts {
  /** The API's address as configured. If it is on this machine, so may files be. */
  readonly baseUrl: URL;
  readonly hosts: ReadonlySet<string>;
  /** Hosts below the listed ones are allowed too; then a leading `*.` makes no difference. */
  readonly withSubdomains?: boolean;
  /** The API's own address is allowed too, with its port. */
  readonly withApi?: boolean;
}

/** Whether a file at this address may be requested with the token. Only https on the standard port is allowed. */
export function judgeAddress(url: URL, rules: FileHosts): "allowed" | "not_https" | "other_host" {
  const { baseUrl, withApi = false } = rules;
  const isApi = url.host === baseUrl.host && url.protocol === baseUrl.protocol;
  const isLocal = isLoopback(baseUrl) && isLoopback(url);
  if ((withApi && isApi) || isLocal) return "allowed";
  if (url.protocol !== "https:") return "not_https";
  const isPlain = url.port === "" && url.username === "" && url.password === "";
  return isPlain && isListed(url.hostname, rules) ? "allowed" : "other_host";
}

function isListed(hostname: string, { hosts, withSubdomains = false }: FileHosts): boolean {
  if (!withSubdomains) return hosts.has(hostname);
  const names = [...hosts].map((host) => host.replace(/^\*\./, ""));
  return names.some((name) => hostname === name || hostname.endsWith(`.${name}`));
}
