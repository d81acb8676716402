/**
 * The attribute of a message that names, separated by commas, the attributes its answers must carry back, because
 * the channel addresses by them. SDKs copy those, so that no agent needs to know the channel.
 */
export const replyAttributesKey = "mio_reply_attributes";

/**
 * The attribute of a reaction that gives its emoji as a character, so that an agent can compare reactions of different
 * platforms. Absent where the emoji is a custom one.
 */
export const reactionCharacterKey = "mio_reaction_character";
