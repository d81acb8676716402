import type { Attachment, IncomingMessage, Message, SentCommand } from "@mio/sdk";
import { describe, expect, it } from "vitest";
import { createEcho, type EchoEvent } from "./app.ts";
import { answerTo, reply, wantsAnswer } from "./reply.ts";

describe("reply", () => {
  it("waits for thinkMs between the two steps", async () => {
    const seen: string[] = [];
    const pause = async (ms: number) => void seen.push(`pause ${ms}`);
    const message = incoming({ seen });
    await reply(message, { thinkMs: 1500, pause, signal: new AbortController().signal });
    expect(seen).toEqual(["thinking: thinking…", "pause 1500", "answer: echo: halo"]);
  });

  it("does not pause when there is nothing to wait for", async () => {
    const pause = () => expect.unreachable();
    await reply(incoming({}), { thinkMs: 0, pause, signal: new AbortController().signal });
  });

  it("names the files of a message without text", () => {
    const attachments = [anAttachment("report.pdf"), anAttachment("")];
    expect(answerTo(incoming({ text: "", attachments }))).toBe("echo: report.pdf, a file");
  });
});

describe("wantsAnswer", () => {
  it.each(["none", "reply"] as const)("answers %s", (relationKind) => {
    expect(wantsAnswer({ ...incoming({}), relationKind })).toBe(true);
    expect(wantsAnswer({ ...incoming({}), relationKind, isFromBot: true })).toBe(false);
  });

  it.each(["edit", "delete", "reaction", "pin", "unknown"] as const)("ignores %s", (relationKind) => {
    expect(wantsAnswer({ ...incoming({}), relationKind })).toBe(false);
  });
});

it("reports the outcome of each message", async () => {
  const events: EchoEvent["outcome"][] = [];
  const onEvent = ({ outcome }: EchoEvent) => events.push(outcome);
  const handled = [incoming({}), { ...incoming({}), isFromBot: true }];
  const serve = async (handler: (message: IncomingMessage) => Promise<void>) => {
    for (const message of handled) await handler(message);
  };
  const { signal } = new AbortController();
  await createEcho({ serve }, { onEvent }).run(signal);
  await createEcho({ serve }, { onEvent, enabled: false }).run(signal);
  expect(events).toEqual(["answered", "ignored", "dry_run", "ignored"]);
});

function anAttachment(filename: string): Attachment {
  const stored = { storageKey: "", contentSha256: "", errorCode: "ok" } as const;
  return { kind: "file", url: "https://files.example", mime: "", bytes: 0, filename, ...stored };
}

type Fields = Partial<Message> & { readonly seen?: string[] };

function incoming({ seen = [], ...fields }: Fields): IncomingMessage {
  const message: Message = {
    id: "0199c0de-0000-7000-8000-000000000001",
    schemaVersion: 1,
    tenantId: "tenant",
    accountId: "account",
    channelType: "slack",
    conversationId: "conversation",
    conversationExternalId: "C1",
    conversationKind: "public_channel",
    parentConversationId: "",
    sourceMessageId: "source",
    threadRootMessageId: "",
    sender: { externalId: "U1", displayName: "Ana", isBot: false },
    text: "halo",
    attachments: [],
    receivedAt: new Date(0),
    attributes: {},
    relation: undefined,
    ...fields,
  };
  const { tenantId, accountId, channelType, conversationId, conversationExternalId } = message;
  const place = { tenantId, accountId, channelType, conversationId, conversationExternalId };
  const sent: SentCommand = {
    ...place,
    parentConversationId: "",
    commandId: "1",
    attributes: {},
    duplicate: false,
  };
  return {
    message,
    deliveryCount: 1,
    streamSequence: 1,
    isFromBot: false,
    relationKind: "none",
    conversationKind: "public_channel",
    reply: async (text, options) => {
      seen.push(`${options?.step}: ${text}`);
      return sent;
    },
    edit: async (_, text, options) => {
      seen.push(`${options?.step}: ${text}`);
      return sent;
    },
    stream: () => expect.unreachable(),
    remove: () => expect.unreachable(),
    react: () => expect.unreachable(),
    ack: async () => {},
    retry: async () => {},
    reject: async () => {},
  };
}
