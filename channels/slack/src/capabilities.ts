import type { Capabilities } from "@mio/channel-kit";

export const capabilities: Capabilities = {
  supportsEdit: false,
  supportsDelete: false,
  supportsReactions: false,
  supportsThreads: false,
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: [],
  maxTextBytes: 4_000,
  rateLimitPerSecond: 1,
  rateLimitScope: "conversation",
  authKind: "bot_token",
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
