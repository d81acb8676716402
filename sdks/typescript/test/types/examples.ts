import { commandId, connect, ReceiptState } from "@mio/sdk";

/** The examples of README.md and of the documentation comments, word for word, so that they compile. */

export async function first(): Promise<void> {
  await using mio = await connect({ servers: "nats://localhost:4222" });

  for await (const message of mio.messages()) {
    if (message.isFromBot || message.relationKind !== "none") continue;
    const answer = await message.reply("thinking…");
    await message.edit(answer, `You said: ${message.message.text}`);
  }
}

export async function second(think: (text: string) => Promise<string>, signal: AbortSignal): Promise<void> {
  await using mio = await connect({ servers: "nats://localhost:4222" });
  await mio.serve(
    async (message) => {
      const answer = await message.reply("thinking…", { step: "placeholder" });
      const receipt = await mio.receipt(answer, { timeoutMs: 30_000 });
      if (receipt.state === ReceiptState.FAILED)
        return await message.reject(`not delivered: ${receipt.code}`);
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
