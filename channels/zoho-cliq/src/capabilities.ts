import type { Capabilities } from "@mio/channel-kit";
import { maxTextChars } from "./content/write/limits.ts";

/**
 * What Cliq's REST API, version 2, supports. It has no call for typing or presence.
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
  // Cliq counts characters; a text of this many bytes never has more.
  maxTextBytes: maxTextChars,
  rateLimitPerSecond: 10,
  rateLimitScope: "account",
  authKind: "oauth2_refresh",
  // An organisation sets these windows, from a minute to sixty days (a day by default), at least for people. The API
  // does not return them; late changes fail with `closed`.
  editWindowSeconds: 0,
  deleteWindowSeconds: 0,
};
