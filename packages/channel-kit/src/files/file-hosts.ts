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

export type Verdict = "allowed" | "not_https" | "has_credentials" | "other_port" | "other_host";

/** Whether a file at this address may be requested with the token. Only https on the standard port is allowed. */
export function judgeAddress(url: URL, rules: FileHosts): Verdict {
  const { baseUrl, withApi = false } = rules;
  const isApi = url.host === baseUrl.host && url.protocol === baseUrl.protocol;
  const isLocal = isLoopback(baseUrl) && isLoopback(url);
  if (url.username !== "" || url.password !== "") return "has_credentials";
  if ((withApi && isApi) || isLocal) return "allowed";
  if (url.protocol !== "https:") return "not_https";
  if (!isListed(url.hostname, rules)) return "other_host";
  return url.port === "" ? "allowed" : "other_port";
}

function isListed(hostname: string, { hosts, withSubdomains = false }: FileHosts): boolean {
  if (!withSubdomains) return hosts.has(hostname);
  const names = [...hosts].map((host) => host.replace(/^\*\./, ""));
  return names.some((name) => hostname === name || hostname.endsWith(`.${name}`));
}
