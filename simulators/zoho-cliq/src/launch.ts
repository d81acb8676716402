import type { Launcher } from "@mio/simulator-kit";
import { z } from "zod";
import { startCliqSimulator } from "./simulator.ts";

const ownSettings = z.strictObject({ encoding: z.enum(["hex", "base64"]).default("base64") });

export const cliqLauncher: Launcher = {
  platform: "cliq",
  ownFlags: Object.keys(ownSettings.shape),
  async launch({ webhook, secret, ...address }, flags) {
    const simulator = await startCliqSimulator({
      ...address,
      ...ownSettings.parse(flags),
      ...(webhook !== undefined && { webhookUrl: webhook }),
      ...(secret !== undefined && { webhookSecret: secret }),
    });
    const { url, apiBaseUrl, oauthUrl, oauth, bot } = simulator;
    return { simulator, ready: { url, apiBaseUrl, oauthUrl, oauth, bot } };
  },
};
