import { parseArgs } from "node:util";
import { z } from "zod";
import { simulators } from "./simulators.ts";

const commonFlags = ["port", "api-port", "host", "webhook", "secret"] as const;
const port = z.coerce.number().int().min(0).max(65_535).default(0);
const commonSettings = z.object({
  port,
  "api-port": port,
  host: z.string().default("127.0.0.1"),
  webhook: z.url().optional(),
  secret: z.string().min(1).optional(),
});

const stop = new Promise((resolve) => {
  process.once("SIGTERM", resolve);
  process.once("SIGINT", resolve);
});

const known = ["platform", ...commonFlags, ...simulators.flatMap(({ ownFlags }) => ownFlags)];
const { platform = simulators[0]?.platform, ...given }: Readonly<Record<string, unknown>> = parseArgs({
  options: Object.fromEntries(known.map((name) => [name, { type: "string" as const }])),
}).values;
const launcher = simulators.find((each) => each.platform === platform);
if (!launcher) throw new Error(`--platform is one of ${simulators.map((each) => each.platform).join(", ")}`);

const fromEnv = Object.fromEntries(
  [...commonFlags, ...launcher.ownFlags].flatMap((name) => {
    const variable = `MIO_${launcher.platform}_SIMULATOR_${name}`.toUpperCase().replace("-", "_");
    const value = process.env[variable];
    return value === undefined ? [] : [[name, value]];
  }),
);
const { common = {}, own = {} } = groupFlags({ ...fromEnv, ...given });
const { "api-port": apiPort, webhook, secret, ...address } = commonSettings.parse(common);
const started = await launcher.launch({ ...address, apiPort, webhook, secret }, own);
await using _simulator = started.simulator;
process.stdout.write(`${JSON.stringify({ ...started.ready, pid: process.pid })}\n`);
await stop;

function groupFlags(
  flags: Readonly<Record<string, unknown>>,
): Partial<Record<"common" | "own", Record<string, string>>> {
  const isCommon = (name: string): boolean => commonFlags.some((flag) => flag === name);
  const entries = Object.entries(flags).map(([name, value]) => [name, String(value)] as const);
  return {
    common: Object.fromEntries(entries.filter(([name]) => isCommon(name))),
    own: Object.fromEntries(entries.filter(([name]) => !isCommon(name))),
  };
}
