import type { SlackReaction } from "../model.ts";

/** Undefined when the person already has this reaction. */
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

/** Undefined when the person does not have this reaction. */
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
