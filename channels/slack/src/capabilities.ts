import type { Capabilities } from "@mio/channel-kit";
import { maxTextChars } from "./content/write/compose.ts";

export const capabilities: Capabilities = {
  supportsEdit: true,
  supportsDelete: true,
  supportsReactions: true,
  supportsThreads: true,
  // Slack shows a status only for its own assistants.
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: ["image", "file", "audio", "video", "link"],
  // Slack counts characters, and a text of this many bytes never has more. A longer one is sent in parts.
  maxTextBytes: maxTextChars,
  rateLimitPerSecond: 1,
  rateLimitScope: "conversation",
  authKind: "bot_token",
  // A workspace may limit how long people may change their messages. The API does not return the limit; late changes
  // fail with `closed`.
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
