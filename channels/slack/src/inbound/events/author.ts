import type { SlackEnvelope, SlackMessage } from "./slack-event.ts";

/** Who we are, as far as it is known beside an event: a socket asks Slack, a webhook relies on the event. */
export interface SlackSelf {
  readonly userIds: ReadonlySet<string>;
  readonly botIds: ReadonlySet<string>;
}

export const nobody: SlackSelf = { userIds: new Set(), botIds: new Set() };

/** The user ids that a text mentions us by. */
export function ownUserIds({ authorization }: SlackEnvelope, self: SlackSelf): ReadonlySet<string> {
  if (authorization === undefined || !authorization.isBot || authorization.userId === "") return self.userIds;
  return new Set([...self.userIds, authorization.userId]);
}

/** Whether our app wrote a message, as its bot, through an incoming webhook or for a person. */
export function isOwn(message: SlackMessage, envelope: SlackEnvelope, self: SlackSelf): boolean {
  if (message.appId !== "" && message.appId === envelope.appId) return true;
  return self.botIds.has(message.botId) || ownUserIds(envelope, self).has(message.user);
}

/** Whether an app wrote a message, also where it did so for a person. */
export function isBot({ botId, subtype, user }: SlackMessage): boolean {
  return botId !== "" || subtype === "bot_message" || user === "USLACKBOT";
}

/** Whether a message mentions one of these. */
export function mentions({ content }: SlackMessage, userIds: ReadonlySet<string>): boolean {
  return [...content.mentioned].some((id) => userIds.has(id));
}

/**
 * The workspace of an author of another organisation; empty for everybody else. The workspaces of an enterprise are one
 * organisation, so there only a channel that is shared with another one has such authors.
 */
export function foreignTeam({ authorTeams }: SlackMessage, envelope: SlackEnvelope): string {
  const { authorization, teamId, isExternallyShared } = envelope;
  // NOTE: around events of a shared channel Slack names the author's workspace; ours is in the authorization.
  const own = authorization?.teamId || teamId;
  const enterprise = authorization?.enterpriseId ?? "";
  if (own === "" || (enterprise !== "" && !isExternallyShared)) return "";
  return authorTeams.find((team) => team !== own && team !== enterprise) ?? "";
}
