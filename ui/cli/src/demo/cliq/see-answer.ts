import type { SimMessage } from "@mio/simulator-zoho-cliq";
import { seeReceipt, stepTimeoutMs } from "../see.ts";
import type { Notes, Stage } from "../step.ts";

/** Waits for the bot's answer in the chat: one post that reads "thinking…" first and the answer after its edit. */
export async function seeAnswer(stage: Stage, notes: Notes, answer: string): Promise<SimMessage> {
  const { fleet, signal } = stage;
  const posted = await fleet.cliq.waitForMessage(
    (message) => message.author.kind === "bot" && message.text === answer,
    {
      timeoutMs: stepTimeoutMs,
      signal,
    },
  );
  const [first, ...edits] = posted.revisions;
  const clock = performance.now() - Date.now();
  if (first !== undefined) notes.hop("platform: post", first.text, first.at.getTime() + clock);
  for (const edit of edits) notes.hop("platform: edit", edit.text, edit.at.getTime() + clock);
  notes.expect(first?.text === "thinking…" && edits.length === 1, "the answer is not one post with one edit");
  await seeReceipt(stage, notes, posted.restId);
  return posted;
}
