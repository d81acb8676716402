import { MessageRelation_Kind } from "@mio/proto";
import type { Delivery } from "@mio/simulator-zoho-cliq";
import { countMessages, seeInbound, seeKept, stepTimeoutMs } from "../see.ts";
import type { Notes, Step } from "../step.ts";
import { seeAnswer } from "./see-answer.ts";

function noteDeliveries(notes: Notes, deliveries: readonly Delivery[], status: number): void {
  for (const delivery of deliveries)
    notes.hop("webhook answered", `${delivery.status} in ${Math.round(delivery.ms)} ms`);
  notes.expect(
    deliveries.length > 0 && deliveries.every((delivery) => delivery.status === status),
    `expected ${status}, got ${deliveries.map((delivery) => delivery.status).join(", ") || "nothing"}`,
  );
}

const channelText: Step = {
  name: "cliq: channel text",
  async play(stage, notes) {
    const said = await stage.fleet.cliq.say({ chat: "general", user: "Ana", text: "is the deploy done?" });
    noteDeliveries(notes, said.deliveries, 200);
    await seeInbound(stage, notes, "is the deploy done?");
    await seeAnswer(stage, notes, "echo: is the deploy done?");
  },
};

const directMessage: Step = {
  name: "cliq: direct message",
  async play(stage, notes) {
    const said = await stage.fleet.cliq.sayDm({ user: "Ana", text: "just between us" });
    noteDeliveries(notes, said.deliveries, 200);
    await seeInbound(stage, notes, "just between us");
    await seeAnswer(stage, notes, "echo: just between us");
  },
};

const file: Step = {
  name: "cliq: file",
  async play(stage, notes) {
    const said = await stage.fleet.cliq.postFile({
      chat: "general",
      user: "Ben",
      name: "chart.png",
      mime: "image/png",
      bytes: Buffer.from("89504e470d0a1a0a", "hex"),
      comment: "the chart",
    });
    noteDeliveries(notes, said.deliveries, 200);
    const { message } = await seeInbound(stage, notes, "the chart");
    const [attachment] = message.attachments;
    await seeKept(notes, attachment);
    await seeAnswer(stage, notes, "echo: the chart");
  },
};

const edit: Step = {
  name: "cliq: edit",
  async play(stage, notes) {
    const { cliq } = stage.fleet;
    const said = await cliq.say({ chat: "general", user: "Ana", text: "lunch at twelve" });
    await seeAnswer(stage, notes, "echo: lunch at twelve");
    const before = cliq.visiblePosts().length;
    const changed = await cliq.edit(said.messageId, "lunch at one");
    noteDeliveries(notes, changed.deliveries, 200);
    const { message } = await seeInbound(stage, notes, "lunch at one");
    notes.expect(message.relation?.kind === MessageRelation_Kind.EDIT, "the edit is not marked as one");
    notes.expect(message.relation?.targetMessageId !== "", "the edit does not name its target");
    notes.hop("relation", `EDIT of ${message.relation?.targetMessageId}`);
    notes.expect(cliq.visiblePosts().length === before, "the bot answered an edit");
  },
};

const duplicateDelivery: Step = {
  name: "cliq: duplicate delivery",
  async play(stage, notes) {
    const text = "deliver me twice";
    const said = await stage.fleet.cliq.say({
      chat: "general",
      user: "Ana",
      text,
      delivery: { duplicate: 2 },
    });
    noteDeliveries(notes, said.deliveries, 200);
    await seeInbound(stage, notes, text);
    await seeAnswer(stage, notes, `echo: ${text}`);
    notes.expect(countMessages(stage, text) === 1, "the message is on the stream more than once");
    notes.hop("stream", `1 message of ${said.deliveries.length} deliveries`);
  },
};

const forgedSignature: Step = {
  name: "cliq: forged signature",
  async play(stage, notes) {
    const text = "let me in";
    const said = await stage.fleet.cliq.say({
      chat: "general",
      user: "Mallory",
      text,
      delivery: { forgedSignature: true },
    });
    noteDeliveries(notes, said.deliveries, 401);
    notes.expect(countMessages(stage, text) === 0, "a forged message reached the stream");
    notes.hop("stream", "nothing");
  },
};

const throttledAnswer: Step = {
  name: "cliq: throttled answer",
  async play(stage, notes) {
    const { cliq } = stage.fleet;
    cliq.faults.set("rate_limited", { retryAfterSeconds: 1, times: 1 });
    const text = "answer me when you may";
    const began = performance.now();
    const said = await cliq.say({ chat: "general", user: "Ben", text });
    noteDeliveries(notes, said.deliveries, 200);
    await seeInbound(stage, notes, text);
    await cliq.waitFor((event) => event.type === "api.called" && event.call.status === 429, {
      timeoutMs: stepTimeoutMs,
    });
    notes.hop("platform: refused", "429, Retry-After 1 s");
    await seeAnswer(stage, notes, `echo: ${text}`);
    notes.expect(performance.now() - began >= 1_000, "the answer did not wait for Retry-After");
  },
};

export const cliqSteps: readonly Step[] = [
  channelText,
  directMessage,
  file,
  edit,
  duplicateDelivery,
  forgedSignature,
  throttledAnswer,
];
