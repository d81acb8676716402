import type { Capabilities } from "@mio/channel-kit";
import { maxTextChars } from "./format.ts";

export const capabilities: Capabilities = {
  supportsEdit: true,
  supportsDelete: false,
  supportsReactions: false,
  supportsThreads: false,
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: [],
  // Cliq counts characters; a text of this many bytes never has more characters.
  maxTextBytes: maxTextChars,
  rateLimitPerSecond: 10,
  rateLimitScope: "account",
  authKind: "oauth2_refresh",
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
