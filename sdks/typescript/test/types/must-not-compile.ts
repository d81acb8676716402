import { connect, type IncomingMessage, type Mio, type SendInit, type SentCommand } from "@mio/sdk";

/** Wrong programs that must not compile: each missing error is an error. */

export async function wrong(mio: Mio, message: IncomingMessage, sent: SentCommand): Promise<void> {
  // @ts-expect-error a server is required
  await connect({});
  // @ts-expect-error credentials are not part of a URL nor a bare string
  await connect({ servers: "nats://localhost", credentials: "token" });
  // @ts-expect-error one kind of credentials at a time, and complete
  await connect({ servers: "nats://localhost", credentials: { user: "ana" } });
  // @ts-expect-error a reply needs text
  await message.reply();
  // @ts-expect-error an edit needs what it edits
  await message.edit("new text");
  // @ts-expect-error not a stage
  await message.reply("halo", { stage: "done" });
  // @ts-expect-error only an edit has something to fall back from
  await message.reply("halo", { editFallback: "drop" });
  // @ts-expect-error a time is a date
  await message.reply("halo", { sendAt: "2027-01-01T00:00:00Z" });
  // @ts-expect-error a stream gives text
  await message.stream(numbers());
  // @ts-expect-error what is streamed comes one after the other
  await message.stream("halo");
  // @ts-expect-error the text comes from the source
  await mio.stream({ ...sent, text: "halo" }, texts());
  // @ts-expect-error a removal names what it removes
  await mio.remove({});
  // @ts-expect-error a reaction needs an emoji
  await message.react();
  // @ts-expect-error a rejection needs a reason
  await message.reject();
  // @ts-expect-error a message has no field of this name
  message.message.txt;
  // @ts-expect-error the envelope is reached through `message`
  message.text;
  // @ts-expect-error not a kind of relation
  if (message.relationKind === "quote") return;
  // @ts-expect-error not a kind of conversation
  if (message.conversationKind === 1) return;
  // @ts-expect-error not a kind of attachment
  await message.reply("halo", { attachments: [{ kind: "picture", url: "https://files.example" }] });
  // @ts-expect-error a button needs an action
  await message.reply("halo", { richContent: { buttons: [{ label: "press" }] } });
  // @ts-expect-error a command needs a place
  await mio.send({ text: "halo" });
  // @ts-expect-error an edit names what it replaces in exactly one way
  await mio.edit({ text: "halo" });
  // @ts-expect-error durations are numbers of milliseconds
  await mio.receipt(sent, { timeoutMs: "30s" });
  // @ts-expect-error a handler is asynchronous
  await mio.serve(() => {});
  // @ts-expect-error begins with all messages or with the next
  mio.messages({ startFrom: "yesterday" });
  // @ts-expect-error what was sent does not change
  sent.commandId = "another";
}

export function alsoWrong(init: SendInit): void {
  // @ts-expect-error the schema version is not the program's to choose
  const versioned: SendInit = { ...init, schemaVersion: 2 };
  void versioned;
}

declare function numbers(): AsyncIterable<number>;
declare function texts(): AsyncIterable<string>;
