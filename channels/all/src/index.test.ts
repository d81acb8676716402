import { createRegistry } from "@mio/channel-kit";
import { expect, it } from "vitest";
import { channels } from "./index.ts";

it("lists channels that can be registered together, with no setting named twice", () => {
  const registry = createRegistry(channels);
  expect(registry.bySlug("slack")?.channelType).toBe("slack");
  expect(registry.bySlug("zoho-cliq")?.channelType).toBe("zoho_cliq");
  const names = channels.flatMap((channel) => Object.keys(channel.settings.shape));
  expect(new Set(names).size).toBe(names.length);
});
