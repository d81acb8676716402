/**
 * The attribute of a message that names, separated by commas, the attributes its answers must carry back, because
 * the channel addresses by them. SDKs copy those, so that no agent needs to know the channel.
 */
export const replyAttributesKey = "mio_reply_attributes";
