import type { Check, CheckContext } from "./check.ts";
import { verdictOf } from "./check.ts";

const maxLength = 72;
/** How many commits are read in a clone that has no origin. */
const withoutOrigin = 20;

const form =
  /^(?:feat|fix|docs|test|refactor|perf|build|chore|revert)(?:\([a-z0-9-]+(?:,[a-z0-9-]+)*\))?!?: [^\sA-Z].*[^.\s]$/;

export const commits: Check = {
  name: "commits",
  what: `subjects of new commits are "type(scope): verb object", at most ${maxLength} characters`,
  run: async (context) => {
    const subjects = await readSubjects(context);
    const problems = subjects.flatMap((subject) =>
      findSubjectProblems(subject).map((problem) => `${subject}: ${problem}`),
    );
    return verdictOf(problems, `${subjects.length} new commit(s)`);
  },
  plant: async (folder, { run }) => {
    const author = ["-c", "user.name=canary", "-c", "user.email=canary@localhost"];
    await run("git", ["init", "--quiet"], { cwd: folder });
    const commit = ["commit", "--quiet", "--no-verify", "--allow-empty", "-m", "Changed some things."];
    await run("git", [...author, "-c", "commit.gpgsign=false", ...commit], { cwd: folder });
  },
};

/** Subjects of what origin does not have yet, without merges; none outside a repository of git. */
async function readSubjects({ run }: CheckContext): Promise<readonly string[]> {
  const log = ["log", "--no-merges", "--format=%s"];
  const ahead = await run("git", [...log, "origin/HEAD..HEAD"]);
  const { exitCode, output } = ahead.exitCode === 0 ? ahead : await run("git", [...log, `-${withoutOrigin}`]);
  return exitCode === 0 ? output.split("\n").filter((line) => line !== "") : [];
}

/** What is wrong with the subject of a commit. */
export function findSubjectProblems(subject: string): readonly string[] {
  return [
    ...(subject.length > maxLength ? [`has ${subject.length} characters, ${maxLength} are allowed`] : []),
    ...(form.test(subject) ? [] : ["is not `type(scope): verb object` in lower case with a known type"]),
  ];
}
