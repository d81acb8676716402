const namedHost = /(?:^|[\s(<])(?:https?:\/\/|www\.)([^\s/?#()<>|]+)/i;
/** Endings that are seldom those of files, so that `lib/a.ts` and `README.md` are names and no addresses. */
const wholeHost = /^((?:[\w-]+\.)+(?:com|org|net|edu|gov|io|dev|app|ai|co|info|biz))(?:[/?#:]\S*)?$/i;

/** Whether a label names an address of another host than the one that the link leads to. */
export function hidesAddress(label: string, url: string): boolean {
  const named = namedHost.exec(label)?.[1] ?? wholeHost.exec(label.trim())?.[1];
  if (named === undefined) return false;
  return hostOf(`https://${named}`) !== hostOf(url);
}

function hostOf(url: string): string {
  const host = URL.parse(url)?.hostname ?? "";
  return host.replace(/^www\./, "").replace(/\.$/, "");
}
