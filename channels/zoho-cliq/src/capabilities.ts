import type { Capabilities } from "@mio/channel-kit";
import { maxTextChars } from "./content/write/limits.ts";

/**
 * What Cliq's REST API, version 2, can do; it knows no call for typing or presence.
 *
 * - edit, delete, reactions: https://www.zoho.com/cliq/help/restapi/v2/messages/
 * - replies (`reply_to`) and threads: https://www.zoho.com/cliq/help/restapi/v2/threads/
 * - files: https://www.zoho.com/cliq/help/restapi/v2/files/
 */
export const capabilities: Capabilities = {
  supportsEdit: true,
  supportsDelete: true,
  supportsReactions: true,
  supportsThreads: true,
  supportsTyping: false,
  supportsPresence: false,
  allowedAttachments: ["image", "file", "audio", "video", "link"],
  // Cliq counts characters; a text of this many bytes never has more characters.
  maxTextBytes: maxTextChars,
  rateLimitPerSecond: 10,
  rateLimitScope: "account",
  authKind: "oauth2_refresh",
  // An organisation sets windows of its own, from a minute to sixty days (a day unless it does), for people at least. The
  // API does not tell them; what comes too late is refused, and the refusal is `closed`.
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
