import { ConversationKind, ConversationKindSchema } from "@mio/proto";

const byName = new Map(Object.values(ConversationKind).map((kind) => [toKindName(kind), kind]));

/** The kind of a conversation as the database keeps it: the full name of the enum's value. */
export function toKindName(kind: ConversationKind): string {
  return ConversationKindSchema.value[kind]?.name ?? "CONVERSATION_KIND_UNSPECIFIED";
}

/** The inverse of {@link toKindName}; a name that this version does not know is unspecified. */
export function toConversationKind(name: string): ConversationKind {
  return byName.get(name) ?? ConversationKind.UNSPECIFIED;
}
