import { ConversationKind, ConversationKindSchema } from "@mio/proto";

const byName = new Map(Object.values(ConversationKind).map((kind) => [toKindName(kind), kind]));

/** The conversation kind as the database stores it: the full name of the enum value. */
export function toKindName(kind: ConversationKind): string {
  return ConversationKindSchema.value[kind]?.name ?? "CONVERSATION_KIND_UNSPECIFIED";
}

/** The inverse of {@link toKindName}; an unknown name becomes unspecified. */
export function toConversationKind(name: string): ConversationKind {
  return byName.get(name) ?? ConversationKind.UNSPECIFIED;
}
