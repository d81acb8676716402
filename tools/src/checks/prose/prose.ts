import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "../check.ts";
import { listSources } from "../list-sources.ts";
import { type Problem, verdictOfProblems } from "../problem.ts";
import { writeFiles } from "../write-files.ts";
import { proseOf } from "./texts.ts";
import { habits } from "./words.ts";

const read = ["**/*.{ts,md,proto,sql,sh,yaml,yml}", ".github/**/*.{md,yml}", ".ci/run", "mio"];
/** Generated code, recorded payloads, files of others, and the list of words itself. */
const skipped = /\/(?:gen|fixtures|google)\/|^pnpm-lock\.yaml$|^tools\/src\/checks\/prose\/words\.ts$/;

/** On the line of a word or on the line above it; it must say why the word stays. */
const allowed = /prose-allow: \S/;

export const prose: Check = {
  name: "prose",
  what: "comments, texts, pages and test names use no word that the list of habits names",
  run: async ({ root }) => {
    const files = listSources(root, read).filter((file) => !skipped.test(file));
    const problems = await Promise.all(
      files.map(async (file) => findHabits(file, await readFile(join(root, file), "utf8"))),
    );
    return verdictOfProblems(problems.flat(), `${files.length} files`);
  },
  // prose-allow: the text to refuse
  plant: (folder) => writeFiles(folder, { "page.md": "Whatever is no post is told whole.\n" }),
};

/** One complaint per word of the list, in order of lines, with its line and what to write instead. */
export function findHabits(file: string, text: string): readonly Problem[] {
  if (!habits.some(({ pattern }) => text.search(pattern) >= 0)) return [];
  const lines = text.split("\n");
  const shown = proseOf(file, text).split("\n");
  return shown.flatMap((line, at) => {
    if (allowed.test(lines[at] ?? "") || allowed.test(lines[at - 1] ?? "")) return [];
    return habits.flatMap(({ pattern, instead }) =>
      (line.match(pattern) ?? []).map((word) => ({
        path: file,
        line: at + 1,
        text: `"${word}": ${instead}`,
      })),
    );
  });
}
