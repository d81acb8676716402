import { countMessages, seeInbound, seeKept } from "../see.ts";
import type { Step } from "../step.ts";
import { noteDeliveries, seeAnswer, useTransport } from "./see.ts";

const socketText: Step = {
  name: "slack: text by socket",
  async play(stage, notes) {
    const { slack } = stage.fleet;
    await useTransport(slack, "socket");
    const said = await slack.say({ channel: "builds", user: "Ana", text: "is the build green?" });
    noteDeliveries(notes, said.deliveries);
    await seeInbound(stage, notes, "is the build green?");
    const answer = await seeAnswer(stage, notes, "echo: is the build green?");
    notes.expect(answer.threadTs === undefined, "the answer opened a thread");
  },
};

const webhookText: Step = {
  name: "slack: text by webhook",
  async play(stage, notes) {
    const { slack } = stage.fleet;
    await useTransport(slack, "webhook");
    const said = await slack.say({ channel: "nightly", user: "Ben", text: "and the nightly one?" });
    noteDeliveries(notes, said.deliveries);
    await seeInbound(stage, notes, "and the nightly one?");
    await seeAnswer(stage, notes, "echo: and the nightly one?");
    await useTransport(slack, "socket");
  },
};

const threadReply: Step = {
  name: "slack: thread reply",
  async play(stage, notes) {
    const { slack } = stage.fleet;
    const root = await slack.say({ channel: "on-call", user: "Ana", text: "who is on call?" });
    await seeAnswer(stage, notes, "echo: who is on call?");
    const said = await slack.say({
      channel: "on-call",
      user: "Ben",
      text: "it is me",
      threadTs: root.ts,
    });
    noteDeliveries(notes, said.deliveries);
    const { message } = await seeInbound(stage, notes, "it is me");
    notes.expect(message.threadRootMessageId !== "", "the reply does not name its thread");
    const answer = await seeAnswer(stage, notes, "echo: it is me");
    notes.expect(answer.threadTs === root.ts, "the answer is not in the thread");
    notes.hop("thread", `answered in ${root.ts}`);
  },
};

const file: Step = {
  name: "slack: file",
  async play(stage, notes) {
    const said = await stage.fleet.slack.postFile({
      channel: "charts",
      user: "Ben",
      name: "burndown.png",
      mime: "image/png",
      bytes: Buffer.from("89504e470d0a1a0a", "hex"),
      comment: "the burndown",
    });
    noteDeliveries(notes, said.deliveries);
    const { message } = await seeInbound(stage, notes, "the burndown");
    await seeKept(notes, message.attachments[0]);
    await seeAnswer(stage, notes, "echo: the burndown");
  },
};

const duplicateEvent: Step = {
  name: "slack: duplicate with a new event id",
  async play(stage, notes) {
    const { slack } = stage.fleet;
    slack.faults.set("duplicate_event", { times: 1 });
    const text = "answer me once";
    const said = await slack.say({ channel: "once", user: "Ana", text });
    noteDeliveries(notes, said.deliveries);
    notes.expect(new Set(said.deliveries.map(({ eventId }) => eventId)).size > 1, "it came only once");
    await seeInbound(stage, notes, text);
    await seeAnswer(stage, notes, `echo: ${text}`);
    notes.expect(countMessages(stage, text) === 1, "the message is on the stream more than once");
    notes.hop("stream", `1 message of ${said.deliveries.length} events`);
  },
};

const forgedSignature: Step = {
  name: "slack: forged signature",
  async play(stage, notes) {
    const { slack } = stage.fleet;
    await useTransport(slack, "webhook");
    const text = "open the door";
    const said = await slack.say({
      channel: "door",
      user: "Mallory",
      text,
      delivery: { forgedSignature: true },
    });
    noteDeliveries(notes, said.deliveries.slice(0, 1), 401);
    notes.expect(countMessages(stage, text) === 0, "a forged message reached the stream");
    notes.hop("stream", "nothing");
    await useTransport(slack, "socket");
  },
};

export const talkSteps: readonly Step[] = [
  socketText,
  webhookText,
  threadReply,
  file,
  duplicateEvent,
  forgedSignature,
];
