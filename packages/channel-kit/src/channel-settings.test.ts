import { expect, it } from "vitest";
import { z } from "zod";
import type { Channel } from "./channel.ts";
import { channelSettings } from "./channel-settings.ts";

it("collects the settings of every channel for the schema of a service", () => {
  const of = (name: string): Pick<Channel, "settings"> => ({ settings: z.object({ [name]: z.string() }) });
  const channels = [of("CLIQ_BOT_NAME"), of("SLACK_BOT_TOKEN")] as unknown as readonly Channel[];
  const schema = z.object({ MIO_PORT: z.number(), ...channelSettings(channels) });
  expect(Object.keys(schema.shape)).toEqual(["MIO_PORT", "CLIQ_BOT_NAME", "SLACK_BOT_TOKEN"]);
});
