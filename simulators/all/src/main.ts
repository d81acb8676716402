import { parseArgs } from "node:util";
import { startSlackSimulator } from "@mio/simulator-slack";
import { startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { z } from "zod";

const common = {
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  "api-port": z.coerce.number().int().min(0).max(65_535).default(0),
  host: z.string().default("127.0.0.1"),
  webhook: z.url().optional(),
  secret: z.string().min(1).optional(),
};
const cliqSettings = z.strictObject({
  ...common,
  platform: z.literal("cliq"),
  encoding: z.enum(["hex", "base64"]).default("base64"),
});
const slackSettings = z.strictObject({
  ...common,
  platform: z.literal("slack"),
  transport: z.enum(["webhook", "socket"]).optional(),
});
const names = [...Object.keys(cliqSettings.shape), "transport"];
const flags = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
}).values;
const platform = String(flags["platform"] ?? "cliq");
const fromEnv = (name: string): string | undefined =>
  process.env[`MIO_${platform}_SIMULATOR_${name}`.toUpperCase().replace("-", "_")];
const named = names
  .map((name) => [name, flags[name] ?? fromEnv(name)])
  .filter(([, value]) => value !== undefined);
const given = z
  .discriminatedUnion("platform", [cliqSettings, slackSettings])
  .parse({ ...Object.fromEntries(named), platform });

const stop = new Promise((resolve) => {
  process.once("SIGTERM", resolve);
  process.once("SIGINT", resolve);
});

/** The simulator, and what a caller needs to find its way. */
async function start(): Promise<{ readonly simulator: AsyncDisposable; readonly ready: object }> {
  const place = { port: given.port, apiPort: given["api-port"], host: given.host };
  switch (given.platform) {
    case "cliq": {
      const { webhook: webhookUrl, secret: webhookSecret, encoding } = given;
      const target = { ...(webhookUrl && { webhookUrl }), ...(webhookSecret && { webhookSecret }) };
      const simulator = await startCliqSimulator({ ...place, ...target, encoding });
      const { url, apiBaseUrl, oauthUrl, oauth, bot } = simulator;
      return { simulator, ready: { url, apiBaseUrl, oauthUrl, oauth, bot } };
    }
    case "slack": {
      const { webhook: eventsUrl, secret: signingSecret, transport } = given;
      const target = { ...(eventsUrl && { eventsUrl }), ...(signingSecret && { signingSecret }) };
      const simulator = await startSlackSimulator({ ...place, ...target, ...(transport && { transport }) });
      const { url, apiBaseUrl, fileHost, oauth, team, bot, botToken, appToken, refreshToken } = simulator;
      const ready = { url, apiBaseUrl, fileHost, oauth, team, bot, botToken, appToken, refreshToken };
      return { simulator, ready };
    }
  }
}

const started = await start();
await using _simulator = started.simulator;
process.stdout.write(`${JSON.stringify({ ...started.ready, pid: process.pid })}\n`);
await stop;
