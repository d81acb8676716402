const namedHost = /(?:^|[\s(<])(?:https?:\/\/|www\.)([^\s/?#()<>|]+)/i;
/**
 * Top-level domains that are rarely file extensions, so that `lib/a.ts` and `README.md` count as names, not
 * addresses.
 */
const wholeHost = /^((?:[\w-]+\.)+(?:com|org|net|edu|gov|io|dev|app|ai|co|info|biz))(?:[/?#:]\S*)?$/i;

/** Whether a label shows an address on another host than the link's. */
export function hidesAddress(label: string, url: string): boolean {
  const named = namedHost.exec(label)?.[1] ?? wholeHost.exec(label.trim())?.[1];
  if (named === undefined) return false;
  return hostOf(`https://${named}`) !== hostOf(url);
}

function hostOf(url: string): string {
  const host = URL.parse(url)?.hostname ?? "";
  return host.replace(/^www\./, "").replace(/\.$/, "");
}
