import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Check, verdictOf } from "../check.ts";
import { listSources } from "../list-sources.ts";

const core = [
  "services/{gateway,sender-pool,media-vault}/src/**/*.ts",
  "packages/{bus,store,service-kit,envelope}/src/**/*.ts",
];
const channelName = /zoho|slack|cliq|telegram|discord/i;

export const coreNamesNoChannel: Check = {
  name: "core",
  what: "the core names no chat platform outside its tests",
  run: async ({ root }) => {
    const files = listSources(root, core).filter((file) => !file.endsWith(".test.ts"));
    const problems = await Promise.all(
      files.map(async (file) => findChannelNames(file, await readFile(join(root, file), "utf8"))),
    );
    return verdictOf(problems.flat(), `${files.length} files`);
  },
};

/** Returns one problem per line that names a platform. */
export function findChannelNames(file: string, text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      channelName.test(line) ? [`${file}:${index + 1}: names a channel: ${line.trim()}`] : [],
    );
}
