import type { SlackReaction } from "../model.ts";

/** Undefined when the person has reacted so already. */
export function addReaction(
  reactions: readonly SlackReaction[],
  name: string,
  userId: string,
): readonly SlackReaction[] | undefined {
  const known = reactions.find((reaction) => reaction.name === name);
  if (!known) return [...reactions, { name, userIds: [userId] }];
  if (known.userIds.includes(userId)) return undefined;
  return reactions.map((each) => (each === known ? { name, userIds: [...each.userIds, userId] } : each));
}

/** Undefined when there is nothing to take back. */
export function removeReaction(
  reactions: readonly SlackReaction[],
  name: string,
  userId: string,
): readonly SlackReaction[] | undefined {
  const known = reactions.find((reaction) => reaction.name === name);
  if (!known?.userIds.includes(userId)) return undefined;
  return reactions
    .map((each) => (each === known ? { name, userIds: each.userIds.filter((id) => id !== userId) } : each))
    .filter(({ userIds }) => userIds.length > 0);
}
