import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Check, verdictOf } from "../check.ts";
import { findFixtureProblems } from "./channel-fixtures.ts";
import { findFloorPlanProblems } from "./floor-plan.ts";

/** What a reader finds in every channel, the sources also as folders; other files appear with what a platform needs. */
const required = [
  "README.md",
  "package.json",
  "src/index.ts",
  "src/capabilities.ts",
  "src/settings.ts",
  "src/inbound/payload.ts",
  "src/inbound/verify.ts",
  "src/inbound/normalize.ts",
  "src/outbound/send.ts",
  "src/access/client.ts",
  "src/access/failure.ts",
  "src/contract.test.ts",
  "src/golden.test.ts",
  "fixtures",
];

/** A longer contract test has logic that belongs into the adapter, or into the suite for all of them. */
const maxContractLines = 40;

export const channelShape: Check = {
  name: "channels",
  what: "every channel follows the floor plan, has the required parts, and is in the lists of channels",
  run: async ({ root }) => {
    const dirs = globSync("channels/*", { cwd: root }).filter(isChannel).toSorted();
    return verdictOf(
      dirs.flatMap((dir) => findProblems(root, dir)),
      `${dirs.length} channel(s)`,
    );
  },
};

function isChannel(dir: string): boolean {
  return basename(dir) !== "all";
}

/** One complaint per part that a channel lacks; how the parts are is judged when all are there. */
function findProblems(root: string, dir: string): readonly string[] {
  const isThere = (part: string): boolean =>
    existsSync(join(root, dir, part)) || existsSync(join(root, dir, part.replace(/\.ts$/, "")));
  const missing = required.filter((part) => !isThere(part));
  if (missing.length > 0) return missing.map((part) => `${dir}: has no ${part}`);
  const contract = readFileSync(join(root, dir, "src/contract.test.ts"), "utf8");
  return [
    ...findFloorPlanProblems(root, dir),
    ...findContractProblems(contract).map((problem) => `${dir}/src/contract.test.ts: ${problem}`),
    ...findFixtureProblems(join(root, dir, "fixtures"), claimedChanges(contract)).map(
      (problem) => `${dir}/fixtures: ${problem}`,
    ),
    ...findRegistrationProblems(root, dir),
  ];
}

function findContractProblems(contract: string): readonly string[] {
  const lines = contract.trimEnd().split("\n").length;
  const problems: string[] = [];
  if (!/^channelContract\(/m.test(contract)) problems.push("does not call channelContract at its top");
  if (lines > maxContractLines) {
    problems.push(`has ${lines} lines; more than ${maxContractLines} hide what the channel promises`);
  }
  return problems;
}

/** What the contract test says in `changes: [...]`. */
function claimedChanges(contract: string): readonly string[] {
  const [, list = ""] = /\bchanges: \[([^\]]*)\]/.exec(contract) ?? [];
  return [...list.matchAll(/"(\w+)"/g)].map(([, change = ""]) => change);
}

/** A channel that is in one list and not in the other is built, and never runs. */
function findRegistrationProblems(root: string, dir: string): readonly string[] {
  const index = readFileSync(join(root, dir, "src/index.ts"), "utf8");
  const [exported, ...others] = [...index.matchAll(/^export const (\w+): Channel\b/gm)].map(
    ([, name]) => name,
  );
  if (exported === undefined || others.length > 0) {
    return [`${dir}/src/index.ts: has to export one constant of type Channel`];
  }
  const type = basename(dir).replaceAll("-", "_");
  const list = join(root, "channels/all/src/index.ts");
  const { name } = z.object({ name: z.string() }).parse(readJson(join(root, dir, "package.json")));
  const isListed = existsSync(list) && isIn(readFileSync(list, "utf8"), exported, name);
  return [
    ...(index.includes(`channelType: "${type}"`)
      ? []
      : [`${dir}/src/index.ts: channelType is not "${type}", as the folder says`]),
    ...(isListed ? [] : [`channels/all/src/index.ts: lacks ${exported} of ${name}`]),
    ...(activeTypes(root).includes(type) ? [] : [`proto/channels.yaml: has no active channel type ${type}`]),
  ];
}

function isIn(list: string, exported: string, packageName: string): boolean {
  const [, listed = ""] = /channels: readonly Channel\[\] = \[([^\]]*)\]/.exec(list) ?? [];
  return list.includes(`"${packageName}"`) && new RegExp(`\\b${exported}\\b`).test(listed);
}

const channelTypesFile = z.object({
  channel_types: z.array(z.object({ name: z.string(), status: z.string() })),
});

function activeTypes(root: string): readonly string[] {
  const path = join(root, "proto/channels.yaml");
  if (!existsSync(path)) return [];
  const { channel_types } = channelTypesFile.parse(parse(readFileSync(path, "utf8")));
  return channel_types.filter(({ status }) => status === "active").map(({ name }) => name);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
