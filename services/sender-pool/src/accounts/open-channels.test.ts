import { channels } from "@mio/channels";
import { expect, it } from "vitest";
import { openChannels } from "./open-channels.ts";

it("logs and keeps which settings are missing, so that a refused command can name them", () => {
  const logged: unknown[] = [];
  const open = openChannels(channels, {}, { info: (...line: unknown[]) => void logged.push(line) });
  const cliq = open.get("zoho_cliq");
  expect(cliq).toMatchObject({ outbound: undefined, notes: [expect.stringContaining("CLIQ_BOT_NAME")] });
  expect(logged).toContainEqual([{ channel: "zoho_cliq", note: cliq?.notes[0] }, "channel.limited"]);
});
