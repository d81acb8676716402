import type { Capabilities } from "@mio/channel-kit";
import { maxTextChars } from "./content/write/compose.ts";

export const capabilities: Capabilities = {
  supportsEdit: true,
  supportsDelete: true,
  supportsReactions: true,
  supportsThreads: true,
  // Slack has a status for its own assistants only.
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: ["image", "file", "audio", "video", "link"],
  // Slack counts characters; a text of this many bytes never has more. A longer one goes out in parts.
  maxTextBytes: maxTextChars,
  rateLimitPerSecond: 1,
  rateLimitScope: "conversation",
  authKind: "bot_token",
  // A workspace may limit how long people change their messages, which the API does not tell; what comes too late is
  // refused, and the refusal is `closed`.
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
