import { hmacSha256Text } from "@mio/channel-kit";
import { channelContract, samplesIn } from "@mio/channel-kit/contract";
import { playedSocket } from "../test/played-slack.ts";
import { answer, failures, posted } from "../test/played-web-api.ts";
import { slack } from "./index.ts";

channelContract({
  channel: slack,
  settings: {
    SLACK_BOT_TOKEN: "xoxb-1-",
    SLACK_APP_TOKEN: "xapp-1-",
    SLACK_CLIENT_ID: "1.2",
    SLACK_CLIENT_SECRET: "s",
  },
  signature: {
    sign: (body, secret, now) => {
      const time = String(Math.floor(now.getTime() / 1_000));
      const signed = Buffer.concat([Buffer.from(`v0:${time}:`), body]);
      const signature = `v0=${hmacSha256Text(secret, signed, "hex")}`;
      return { "x-slack-signature": signature, "x-slack-request-timestamp": time };
    },
    maxAgeMs: 300_000,
  },
  samples: samplesIn(new URL("../fixtures/", import.meta.url)),
  changes: ["edit", "delete", "reaction"],
  socket: playedSocket,
  outbound: {
    settingsAt: (url) => ({ SLACK_API_BASE_URL: `${url}/api/` }),
    answer,
    postedAt: new Date("2024-05-03T10:18:10Z"),
    posted,
    answers: {
      "channel-text": "C024BE7LH",
      "thread-reply": "C024BE7LH 1714731490.123400",
      "dm-text": "D0DM000001",
    },
    failures,
  },
});
