import { commandId, connect, type IncomingMessage } from "@mio/sdk";

/** The examples of README.md and of the documentation comments, word for word, so that they compile. */

export async function first(): Promise<void> {
  await using mio = await connect({ servers: "nats://localhost:4222" });

  for await (const message of mio.messages()) {
    if (message.isFromBot || !["none", "reply"].includes(message.relationKind)) continue;
    const answer = await message.reply("thinking…");
    await message.edit(answer, `You said: ${message.message.text}`);
  }
}

export async function ofTheRepository(): Promise<void> {
  await using mio = await connect({ servers: process.env["NATS_URL"] ?? "nats://localhost:4222" });

  for await (const message of mio.messages({ durable: "my-agent", startFrom: "new" })) {
    if (message.isFromBot || !["none", "reply"].includes(message.relationKind)) continue;
    const answer = await message.reply("let me think…");
    await message.edit(answer, `You said: ${message.message.text}`);
  }
}

export async function second(think: (text: string) => Promise<string>, signal: AbortSignal): Promise<void> {
  await using mio = await connect({ servers: "nats://localhost:4222" });
  await mio.serve(
    async (message) => {
      const answer = await message.reply("thinking…", { step: "placeholder" });
      const receipt = await mio.receipt(answer, { timeoutMs: 30_000 });
      if (receipt.state === "failed") return await message.reject(`not delivered: ${receipt.code}`);
      await message.edit(answer, await think(message.message.text), { step: "answer" });
    },
    { durable: "my-agent", concurrency: 32, signal },
  );
}

export async function third(): Promise<void> {
  await using mio = await connect({ servers: "nats://localhost:4222" });
  for await (const message of mio.messages()) {
    if (!message.isFromBot) await message.reply(`You said: ${message.message.text}`);
  }
}

export async function fourth(): Promise<string> {
  const id = commandId("0199c0de-0000-7000-8000-000000000001", "nightly-report");
  return id;
}

export async function fifth(answer: (text: string) => AsyncIterable<string>): Promise<void> {
  await using mio = await connect({ servers: "nats://localhost:4222" });
  const signal = AbortSignal.timeout(600_000);
  for await (const message of mio.messages()) {
    if (message.isFromBot) continue;
    await message.stream(answer(message.message.text), { signal });
  }
}

export async function sixth(
  answer: (text: string) => AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  await using mio = await connect({ servers: "nats://localhost:4222" });
  await mio.serve(
    async (message) => {
      await message.react("eyes");
      await message.stream(answer(message.message.text), { confirm: true, signal });
    },
    { durable: "my-agent", signal },
  );
}

export async function seventh(message: IncomingMessage): Promise<void> {
  const tomorrow = new Date(Date.now() + 24 * 3_600_000);
  const reminder = await message.reply("Did it work?", { step: "reminder", sendAt: tomorrow });
  await message.remove(reminder);
}
