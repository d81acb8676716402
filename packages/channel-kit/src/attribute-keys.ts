/**
 * The attribute of a message that lists, separated by commas, the attributes its answers must copy because the
 * channel addresses by them. SDKs copy them, so no agent needs to know the channel.
 */
export const replyAttributesKey = "mio_reply_attributes";

/**
 * The attribute of a reaction with its emoji as a character, so that an agent can compare reactions across platforms.
 * Absent for a custom emoji.
 */
export const reactionCharacterKey = "mio_reaction_character";
