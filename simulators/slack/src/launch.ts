import type { Launcher } from "@mio/simulator-kit";
import { z } from "zod";
import { startSlackSimulator } from "./simulator.ts";

const ownSettings = z.strictObject({ transport: z.enum(["webhook", "socket"]).exactOptional() });

export const slackLauncher: Launcher = {
  platform: "slack",
  ownFlags: Object.keys(ownSettings.shape),
  async launch({ webhook, secret, ...address }, flags) {
    const simulator = await startSlackSimulator({
      ...address,
      ...ownSettings.parse(flags),
      ...(webhook !== undefined && { eventsUrl: webhook }),
      ...(secret !== undefined && { signingSecret: secret }),
    });
    const { url, apiBaseUrl, fileHost, oauth, team, bot, botToken, appToken, refreshToken } = simulator;
    return {
      simulator,
      ready: { url, apiBaseUrl, fileHost, oauth, team, bot, botToken, appToken, refreshToken },
    };
  },
};
