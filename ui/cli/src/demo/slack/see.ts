import type { SlackDelivery, SlackMessage, SlackSimulator, SlackTransport } from "@mio/simulator-slack";
import { seeReceipt, stepTimeoutMs } from "../see.ts";
import type { Notes, Stage } from "../step.ts";

/** Selects how Slack delivers its events. Waits until a socket is open. */
export async function useTransport(slack: SlackSimulator, transport: SlackTransport): Promise<void> {
  slack.setTransport(transport);
  if (transport === "webhook" || slack.sockets().some(({ state }) => state === "open")) return;
  await slack.waitFor((event) => event.type === "socket.opened", {
    timeoutMs: stepTimeoutMs,
    after: slack.events.lastSeq,
  });
}

/** Notes how Slack delivered its events, and fails the step unless each was accepted. */
export function noteDeliveries(notes: Notes, deliveries: readonly SlackDelivery[], status = 200): void {
  for (const { transport, eventType, status: got, ms } of deliveries) {
    const way = transport === "socket" ? "socket acknowledged" : "webhook answered";
    notes.hop(way, `${eventType}: ${got} in ${Math.round(ms)} ms`);
  }
  notes.expect(
    deliveries.length > 0 && deliveries.every((delivery) => delivery.status === status),
    `expected ${status}, got ${deliveries.map((delivery) => delivery.status).join(", ") || "nothing"}`,
  );
}

/** Waits for the bot's answer: one post, first "thinking…", then edited into the answer. */
export async function seeAnswer(stage: Stage, notes: Notes, answer: string): Promise<SlackMessage> {
  const posted = await stage.fleet.slack.waitForMessage(
    (message) => message.author.kind === "bot" && message.text === answer,
    { timeoutMs: stepTimeoutMs, signal: stage.signal },
  );
  const [first, ...edits] = posted.revisions;
  const clock = performance.now() - Date.now();
  if (first !== undefined) notes.hop("platform: post", first.text, first.at.getTime() + clock);
  for (const edit of edits) notes.hop("platform: edit", edit.text, edit.at.getTime() + clock);
  notes.expect(first?.text === "thinking…" && edits.length === 1, "the answer is not one post with one edit");
  await seeReceipt(stage, notes, externalId(posted));
  return posted;
}

/** The external id of a message in Mio. */
export function externalId({ channel, ts }: Pick<SlackMessage, "channel" | "ts">): string {
  return `${channel}:${ts}`;
}
