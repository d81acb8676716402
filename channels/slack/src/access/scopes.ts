/** The scopes of the manifest in the README, each with what does not work without it. */
const scopes: Readonly<Record<string, string>> = {
  "app_mentions:read": "no mentions where the bot is no member",
  "channels:history": "no messages from public channels",
  "groups:history": "no messages from private channels",
  "im:history": "no direct messages",
  "mpim:history": "no group messages",
  "reactions:read": "no reactions come in",
  "chat:write": "no answers",
  "reactions:write": "no reactions go out",
  "files:read": "attachments are listed, not kept",
  "files:write": "no files go out",
  "users:read": "people have no names",
};

/** The missing scopes of a token that has these. */
export function missingScopes(granted: readonly string[]): readonly string[] {
  const lacking = Object.entries(scopes).filter(([scope]) => !granted.includes(scope));
  return lacking.map(([scope, without]) => `${scope} (${without})`);
}
