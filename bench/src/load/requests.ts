import { createHmac } from "node:crypto";

/** Messages are spread over this many conversations, as in a busy workspace. */
const conversations = 50;

/** The bytes of one signed Cliq webhook, ready for the socket. */
export function toRequest(
  index: number,
  target: { host: string; path: string; secret: string; run: string },
): Buffer {
  const body = JSON.stringify({
    operation: "message_sent",
    data: {
      time: 1_777_804_687_057 + index,
      message: {
        id: toSourceId(target.run, index),
        type: "text",
        text: `Message ${index}: could you look at the deploy of the billing service, it has been red for a while?`,
        content: { text: "" },
        mentions: [],
      },
    },
    user: {
      id: `u${index % 200}`,
      zoho_user_id: `u${index % 200}`,
      organization_id: "999999999",
      first_name: "Ana",
      last_name: "Example",
      email: "ana@example.com",
      country: "id",
      language: "en",
      timezone: "Asia/Jakarta",
      admin: false,
    },
    chat: {
      id: `CT_${index % conversations}`,
      title: `#channel-${index % conversations}`,
      type: "channel",
      chat_type: "channel",
      channel_unique_name: `channel${index % conversations}`,
      channel_id: `P${index % conversations}`,
      owner: "1",
    },
  });
  const signature = createHmac("sha256", target.secret).update(body).digest("hex");
  const head = [
    `POST ${target.path} HTTP/1.1`,
    `Host: ${target.host}`,
    "Content-Type: application/json",
    `X-Webhook-Signature: sha256=${signature}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** The id of a message of this run on the bus. */
export function toSourceId(run: string, index: number): string {
  return `${run}_${index}`;
}
