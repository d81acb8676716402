import type { IncomingMessage } from "@mio/sdk";

/** The time that echo pretends to think. */
export interface Thinking {
  readonly thinkMs: number;
  /** Waits; returns early when `signal` aborts, so that a stopping echo still answers. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Whether a person wrote the message, so that it needs an answer. */
export function wantsAnswer(message: IncomingMessage): boolean {
  return !message.isFromBot && (message.relationKind === "none" || message.relationKind === "reply");
}

/**
 * Posts "thinking…", then edits it into the answer. If the message is delivered again, both steps have the same ids, so
 * the chat never shows either twice.
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
