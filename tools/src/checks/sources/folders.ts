import { dirname } from "node:path";
import type { Check } from "../check.ts";
import { listSources } from "../list-sources.ts";
import { verdictOfProblems } from "../problem.ts";
import { writeFiles } from "../write-files.ts";

/** More files than this do not fit on a screen, and hold more than one idea. */
const maxFiles = 15;

const sources = ["**/src/**/*.ts", "proto/scripts/*.ts"];
/** Tests and generated code. */
const uncounted = /\.(?:test|itest)\.ts$|\/(?:gen|fixtures|test)\//;

export const folders: Check = {
  name: "folders",
  what: `no folder has more than ${maxFiles} source files`,
  run: async ({ root }) => {
    const files = listSources(root, sources).filter((file) => !uncounted.test(file));
    const byFolder = Map.groupBy(files, (file) => dirname(file));
    const problems = [...byFolder]
      .filter(([, inside]) => inside.length > maxFiles)
      .map(([path, { length }]) => ({ path, text: `has ${length} source files; split it by idea` }));
    return verdictOfProblems(problems, `${byFolder.size} folders`);
  },
  plant: (folder) => {
    const names = Array.from({ length: maxFiles + 1 }, (_, at) => `lib/a/src/part-${at}.ts`);
    return writeFiles(folder, Object.fromEntries(names.map((name) => [name, "export {};\n"])));
  },
};
