import { hmacSha256Text } from "@mio/channel-kit";
import { channelContract, samplesIn } from "@mio/channel-kit/contract";
import { answer, failures, posted, postedAt } from "../test/played-rest-api.ts";
import { zohoCliq } from "./index.ts";

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
  changes: ["edit", "delete"],
  outbound: {
    settingsAt: (url) => ({ CLIQ_API_BASE_URL: url, CLIQ_OAUTH_URL: `${url}/oauth/v2/token` }),
    answer,
    postedAt,
    posted,
    answers: {
      "channel-reply": "/api/v2/channelsbyname/general/message 1777804687057_137127178967",
      "channel-text": "/api/v2/channelsbyname/general/message",
      "dm-text": "/api/v2/bots/miobot/message 137000001",
      "channel-thread": "/api/v2/chats/CT_1608000000000000080_637000000-T-1608000000000000093/message",
    },
    failures,
  },
});
