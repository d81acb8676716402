import { hmacSha256Text } from "@mio/channel-kit";
import { channelContract, samplesIn } from "@mio/channel-kit/contract";
import { zohoCliq } from "./index.ts";

const json = (value: unknown) => ({ status: 200, text: JSON.stringify(value) });

channelContract({
  channel: zohoCliq,
  settings: {
    CLIQ_CLIENT_ID: "id",
    CLIQ_CLIENT_SECRET: "secret",
    CLIQ_REFRESH_TOKEN: "refresh",
    CLIQ_BOT_NAME: "miobot",
    CLIQ_BOT_ID: "b-1974000000016000005",
  },
  signature: {
    sign: (body, secret) => ({ "x-webhook-signature": `sha256=${hmacSha256Text(secret, body, "base64")}` }),
  },
  samples: samplesIn(new URL("../fixtures/", import.meta.url)),
  changes: ["edit"],
  outbound: {
    settingsAt: (url) => ({ CLIQ_API_BASE_URL: url, CLIQ_OAUTH_URL: `${url}/oauth/v2/token` }),
    answer: ({ path }) =>
      json(
        path === "/oauth/v2/token"
          ? { access_token: "at", expires_in: 3600 }
          : { message_id: "1777804687057%20137" },
      ),
    postedAt: new Date(1777804687057),
    posted: ({ method, path, fields: { text, userids, reply_to } }) =>
      method === "POST" && path.endsWith("/message")
        ? { text: String(text), where: [path, userids ?? reply_to].join(" ").trim() }
        : undefined,
    answers: {
      "channel-reply": "/api/v2/channelsbyname/general/message 1777804687057_137127178967",
      "channel-text": "/api/v2/channelsbyname/general/message",
      "dm-text": "/api/v2/bots/miobot/message 137000001",
      "channel-thread": "/api/v2/chats/CT_1608000000000000080_637000000-T-1608000000000000093/message",
    },
    failures: {
      throttle: [{ status: 400, text: "exceeded the URL throttle limits" }, "throttled", "throttled"],
      stranger: [{ status: 403 }, "permanent", "forbidden"],
    },
  },
});
