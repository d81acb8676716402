import type { SentCommand } from "../commands/send.ts";
import { MessageWriter, type StreamOutlet } from "./message-writer.ts";
import { readSource } from "./read-source.ts";
import type { StreamClock } from "./stream-clock.ts";
import type { StreamLimits } from "./stream-settings.ts";
import { type SourceEnd, TextBuffer } from "./text-buffer.ts";

/** A completely streamed answer. */
export interface StreamedAnswer {
  /** The commands that posted the messages, in order; empty when the source gave only white space. */
  readonly sent: readonly SentCommand[];
  /** The final edit of each message, for {@link Mio.receipt}. */
  readonly finals: readonly SentCommand[];
  /** The whole text of the source. */
  readonly text: string;
}

export interface StreamInit {
  readonly outlet: StreamOutlet;
  readonly clock: StreamClock;
  readonly limits: StreamLimits;
  readonly signal: AbortSignal;
}

/**
 * Shows a text while it grows. It reads on during a call, so after a slow call the next one has the newest text.
 *
 * @throws the error of the source, once the text is marked; the errors of `init.outlet`
 */
export async function streamAnswer(source: AsyncIterable<string>, init: StreamInit): Promise<StreamedAnswer> {
  const buffer = new TextBuffer();
  const writer = new MessageWriter(init);
  const failed = new AbortController();
  const reading = readSource(source, buffer, AbortSignal.any([init.signal, failed.signal]));
  try {
    const end = await follow(buffer, { writer, clock: init.clock, everyMs: init.limits.everyMs });
    await writer.finish(buffer.text, end.kind === "interrupted" ? init.limits.interruptedMark : "");
    if (end.kind === "interrupted") throw end.error;
    await reading;
  } catch (error) {
    failed.abort();
    throw error;
  }
  return { sent: writer.posts, finals: writer.finals, text: buffer.text };
}

interface Following {
  readonly writer: MessageWriter;
  readonly clock: StreamClock;
  readonly everyMs: number;
}

async function follow(buffer: TextBuffer, { writer, clock, everyMs }: Following): Promise<SourceEnd> {
  for (;;) {
    const { grown, end } = buffer;
    if (end !== undefined) return end;
    const called = await writer.show(buffer.text);
    if (called) await waitFor(buffer.ended, everyMs, clock);
    await waitFor(grown, writer.remainingMs, clock);
  }
}

/** Waits for `happening`, but at most `ms` if given. */
async function waitFor(happening: Promise<void>, ms: number | undefined, clock: StreamClock): Promise<void> {
  if (ms === undefined) return await happening;
  const over = new AbortController();
  await Promise.race([happening, clock.sleep(ms, over.signal)]);
  over.abort();
}
