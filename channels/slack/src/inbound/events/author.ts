import type { SlackEnvelope, SlackMessage } from "./slack-event.ts";

/** Our bot's ids, if known besides the event: a socket asks Slack, a webhook relies on the event. */
export interface SlackSelf {
  readonly userIds: ReadonlySet<string>;
  readonly botIds: ReadonlySet<string>;
}

export const unknownSelf: SlackSelf = { userIds: new Set(), botIds: new Set() };

/** The user ids of our bot, as texts mention them. */
export function ownUserIds({ authorization }: SlackEnvelope, self: SlackSelf): ReadonlySet<string> {
  if (authorization === undefined || !authorization.isBot || authorization.userId === "") return self.userIds;
  return new Set([...self.userIds, authorization.userId]);
}

/** Whether our app wrote a message, as its bot, through an incoming webhook or for a person. */
export function isOwn(message: SlackMessage, envelope: SlackEnvelope, self: SlackSelf): boolean {
  if (message.appId !== "" && message.appId === envelope.appId) return true;
  return self.botIds.has(message.botId) || ownUserIds(envelope, self).has(message.user);
}

/** Whether an app wrote a message, also if it posted for a person. */
export function isBot({ botId, subtype, user }: SlackMessage): boolean {
  return botId !== "" || subtype === "bot_message" || user === "USLACKBOT";
}

/** Whether a message mentions any of these users. */
export function mentions({ content }: SlackMessage, userIds: ReadonlySet<string>): boolean {
  return [...content.mentioned].some((id) => userIds.has(id));
}

/**
 * The workspace of an author from another organisation; empty for all others. The workspaces of an enterprise are one
 * organisation, so there only a channel shared with another organisation has such authors.
 */
export function foreignTeam({ authorTeams }: SlackMessage, envelope: SlackEnvelope): string {
  const { authorization, teamId, isExternallyShared } = envelope;
  // NOTE: in events of a shared channel, Slack names the author's workspace; ours is in the authorization.
  const own = authorization?.teamId || teamId;
  const enterprise = authorization?.enterpriseId ?? "";
  if (own === "" || (enterprise !== "" && !isExternallyShared)) return "";
  return authorTeams.find((team) => team !== own && team !== enterprise) ?? "";
}
