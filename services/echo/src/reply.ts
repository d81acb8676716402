import type { IncomingMessage } from "@mio/sdk";

/** How echo thinks: how long, and how it waits. */
export interface Thinking {
  readonly thinkMs: number;
  /** Waits; returns early when `signal` aborts, so that a stopping echo still answers. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Whether a message is something a person said, and so wants an answer. */
export function wantsAnswer(message: IncomingMessage): boolean {
  return !message.isFromBot && (message.relationKind === "none" || message.relationKind === "reply");
}

/**
 * Says "thinking…", then turns that into the answer. When the message is delivered again, both steps have
 * the ids they had before, so a chat never shows either twice.
 */
export async function reply(message: IncomingMessage, thinking: Thinking): Promise<void> {
  const placeholder = await message.reply("thinking…", { step: "thinking" });
  if (thinking.thinkMs > 0) await thinking.pause(thinking.thinkMs, thinking.signal);
  await message.edit(placeholder, answerTo(message), { step: "answer" });
}

/** `echo: ` and the text, or the names of the files when there is no text. */
export function answerTo({ message }: IncomingMessage): string {
  const files = message.attachments.map((attachment) => attachment.filename || "a file");
  return `echo: ${message.text || files.join(", ")}`;
}
