import { existsSync, globSync } from "node:fs";
import { basename, join } from "node:path";
import { type Check, verdictOf } from "./check.ts";

/** What a reader finds in every channel; `credentials.ts` appears with the channels that have an install. */
const required = [
  "README.md",
  "src/index.ts",
  "src/capabilities.ts",
  "src/payload.ts",
  "src/verify.ts",
  "src/normalize.ts",
  "src/send.ts",
  "src/client.ts",
  "src/failure.ts",
  "src/contract.test.ts",
  "fixtures",
];

export const channelShape: Check = {
  name: "channels",
  what: "every channel folder has the parts its readers expect, and is in the list of channels",
  run: async ({ root }) => {
    const dirs = globSync("channels/*", { cwd: root }).filter(isChannel).toSorted();
    return verdictOf(
      dirs.flatMap((dir) => missingParts(root, dir)),
      `${dirs.length} channel(s)`,
    );
  },
};

function isChannel(dir: string): boolean {
  return basename(dir) !== "all";
}

/** One complaint per part that a channel lacks. */
function missingParts(root: string, dir: string): readonly string[] {
  return required
    .filter((part) => !existsSync(join(root, dir, part)))
    .map((part) => `${dir}: has no ${part}`);
}
