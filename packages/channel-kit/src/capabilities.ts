/** What a platform can do through its adapter, as data. The contract suite tests every field. */
export interface Capabilities {
  readonly supportsEdit: boolean;
  readonly supportsDelete: boolean;
  readonly supportsReactions: boolean;
  readonly supportsThreads: boolean;
  readonly supportsTyping: boolean;
  readonly supportsPresence: boolean;
  readonly allowedAttachments: readonly ("image" | "file" | "audio" | "video" | "link")[];
  /** Longest text of one message, in bytes of UTF-8. */
  readonly maxTextBytes: number;
  /** Sends allowed per second within `rateLimitScope`. */
  readonly rateLimitPerSecond: number;
  readonly rateLimitScope: "account" | "conversation";
  readonly authKind: "oauth2_refresh" | "bot_token" | "hmac_webhook";
  /** How long a message may be edited, in seconds; 0 means no limit. */
  readonly editWindowSeconds: number;
  readonly deleteWindowSeconds: number;
}
