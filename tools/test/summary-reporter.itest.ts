import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const reporter = fileURLToPath(new URL("../src/summary-reporter.ts", import.meta.url));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(root, "node_modules/.mio-summary-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The last line of a real run over one file, and how it exited. */
async function runVitest(source: string | undefined): Promise<{ lastLine: string; exitCode: number }> {
  const config = `import { SummaryReporter } from ${JSON.stringify(reporter)};
export default { test: { globals: true, include: ["*.spec.ts"], reporters: ["default", new SummaryReporter()] } };`;
  await writeFile(join(dir, "vitest.config.ts"), config);
  if (source !== undefined) await writeFile(join(dir, "a.spec.ts"), source);
  const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", dir];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: {} }, (error, stdout) => {
      const exitCode = typeof error?.code === "number" ? error.code : 0;
      resolve({ lastLine: stdout.trimEnd().split("\n").at(-1) ?? "", exitCode });
    });
  });
}

describe("the closing line of a run", () => {
  it.each([
    ["counts tests", "test('a', () => {}); test.skip('b', () => {});", "1 passed, 0 failed, 1 skipped", 0],
    ["counts a failure", "test('a', () => { throw new Error('x'); });", "0 passed, 1 failed, 0 skipped", 1],
    ["counts a file that does not load", "throw new Error('x');", "0 passed, 1 failed, 0 skipped", 1],
    ["fails when every test is skipped", "test.skip('a', () => {});", "0 passed, 0 failed, 1 skipped", 1],
    ["is there without a test", undefined, "0 passed, 0 failed, 0 skipped", 1],
  ])("%s", async (_name, source, lastLine, exitCode) => {
    expect(await runVitest(source)).toEqual({ lastLine, exitCode });
  });
});
