import { parseArgs } from "node:util";
import { z } from "zod";
import { startCliqSimulator } from "./cliq/simulator.ts";

const settings = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  "api-port": z.coerce.number().int().min(0).max(65_535).default(0),
  host: z.string().default("127.0.0.1"),
  webhook: z.url().optional(),
  secret: z.string().min(1).optional(),
  encoding: z.enum(["hex", "base64"]).default("base64"),
});
const names = Object.keys(settings.shape);
const flags = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
}).values;
const fromEnv = (name: string): string | undefined =>
  process.env[`MIO_CLIQ_SIMULATOR_${name.toUpperCase().replace("-", "_")}`];
const given = settings.parse(Object.fromEntries(names.map((name) => [name, flags[name] ?? fromEnv(name)])));

const stop = new Promise((resolve) => {
  process.once("SIGTERM", resolve);
  process.once("SIGINT", resolve);
});
await using cliq = await startCliqSimulator({
  port: given.port,
  apiPort: given["api-port"],
  host: given.host,
  encoding: given.encoding,
  ...(given.webhook === undefined ? {} : { webhookUrl: given.webhook }),
  ...(given.secret === undefined ? {} : { webhookSecret: given.secret }),
});
const { url, apiBaseUrl, oauthUrl, oauth, bot } = cliq;
process.stdout.write(`${JSON.stringify({ url, apiBaseUrl, oauthUrl, oauth, bot, pid: process.pid })}\n`);
await stop;
