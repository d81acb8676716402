import type { Message } from "@mio/proto";
import { connect, type RichContentInit, type SendInit } from "@mio/sdk";
import { seeInbound, seeReceipt, stepTimeoutMs } from "../see.ts";
import type { Step } from "../step.ts";
import { externalId, seeAnswer } from "./see.ts";

const report: RichContentInit = {
  card: { title: "Release 7" },
  blocks: [
    { kind: "text", text: "Everything is **green**." },
    { kind: "list", items: ["gateway", "sender pool"] },
    {
      kind: "table",
      headers: ["Step", "Time"],
      rows: [
        ["build", "3 min"],
        ["test", "9 min"],
      ],
    },
  ],
  buttons: [{ label: "Open", action: { kind: "open_url", url: "https://example.com/release/7" } }],
};

/** An agent answers with rich content. */
export const richAnswer: Step = {
  name: "slack: rich answer",
  async play(stage, notes) {
    const { fleet, signal } = stage;
    const text = "show me the release";
    await fleet.slack.say({ channel: "reports", user: "Ana", text });
    const { message } = await seeInbound(stage, notes, text);
    await seeAnswer(stage, notes, `echo: ${text}`);

    await using mio = await connect({ servers: fleet.urls.nats });
    const sent = await mio.send({ ...placeOf(message), text: "Release 7 is out", richContent: report });
    notes.hop("MESSAGES_OUTBOUND", `command ${sent.commandId}`);
    const posted = await fleet.slack.waitForMessage(
      ({ author, blocks }) => author.kind === "bot" && blocks.length > 0,
      { timeoutMs: stepTimeoutMs, signal },
    );
    notes.hop("platform: post", `${posted.blocks.length} blocks: ${typesOf(posted.blocks).join(", ")}`);
    await seeReceipt(stage, notes, externalId(posted));
    for (const type of ["header", "section", "actions"]) {
      notes.expect(typesOf(posted.blocks).includes(type), `the answer has no block of type ${type}`);
    }
    notes.expect(posted.text.includes("Release 7"), "the answer has no text for notifications");
  },
};

/** The address of a message's conversation. */
function placeOf(message: Message): Omit<SendInit, "text"> {
  const { tenantId, accountId, channelType, conversationId, conversationExternalId } = message;
  return { tenantId, accountId, channelType, conversationId, conversationExternalId };
}

function typesOf(blocks: readonly unknown[]): readonly string[] {
  return blocks.flatMap((block) =>
    typeof block === "object" && block !== null && "type" in block ? [String(block.type)] : [],
  );
}
