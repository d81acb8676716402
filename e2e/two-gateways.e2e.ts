import { signWebhook } from "@mio/simulator-zoho-cliq";
import { expect, test } from "vitest";
import {
  type Fleet,
  ledgerIds,
  readStream,
  type Service,
  startFleet,
  waitUntilPublished,
} from "./src/index.ts";

/** Posts the same webhook to both gateways at once, fifteen times each. */
async function postThirtyTimes({ cliq }: Fleet, gateways: readonly Service[], text: string) {
  cliq.setWebhook({ url: undefined });
  const { rawBody = "" } = await cliq.say({ chat: "general", user: "Alice", text });
  const body = new TextEncoder().encode(rawBody);
  const signature = signWebhook(body, cliq.webhookSecret, { encoding: "base64", prefix: true });
  const headers = { "content-type": "application/json", "x-webhook-signature": signature };
  const copies = Array.from({ length: 15 }, () => gateways).flat();
  const answers = await Promise.all(
    copies.map(({ url }) => fetch(`${url}/webhooks/zoho-cliq`, { method: "POST", body, headers })),
  );
  return answers.map(({ status }) => status);
}

test("thirty identical webhooks at two gateways make one message", async () => {
  await using fleet = await startFleet();
  const gateways = [fleet.gateway, await fleet.start("gateway")];
  const texts = Array.from({ length: 10 }, (_, round) => `round ${round}`);
  for (const text of texts) {
    const answers = await postThirtyTimes(fleet, gateways, text);
    expect(answers).toEqual(Array(30).fill(200));
  }
  await waitUntilPublished(fleet);
  const stream = await readStream(fleet.nats.url);
  expect(stream.map(({ text }) => text)).toEqual(texts);
  expect(stream.map(({ id }) => id)).toEqual(await ledgerIds(fleet));
});
