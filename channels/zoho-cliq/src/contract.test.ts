import { readdirSync, readFileSync } from "node:fs";
import { hmacSha256Text } from "@mio/channel-kit";
import { channelContract } from "@mio/channel-kit/contract";
import { zohoCliq } from "./index.ts";

const folder = new URL("../fixtures/", import.meta.url);
const ownNames = ["own-message", "own-message-bare-id"];

function fixtures(isWanted: (name: string, expected: string) => boolean): Record<string, string> {
  const read = (file: string): string => readFileSync(new URL(file, folder), "utf8");
  const names = readdirSync(folder).filter((file) => file.endsWith(".expected.json"));
  const entries = names.map((file) => [file.replace(".expected.json", ""), read(file)] as const);
  const wanted = entries.filter(([name, expected]) => isWanted(name, JSON.parse(expected).kind));
  return Object.fromEntries(wanted.map(([name]) => [name, read(`${name}.json`)]));
}

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
  samples: {
    messages: fixtures((_, kind) => kind === "message"),
    own: fixtures((name) => ownNames.includes(name)),
    ignored: fixtures((_, kind) => kind === "ignored"),
  },
});
