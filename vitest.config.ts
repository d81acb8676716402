import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./tools/src/summary-reporter.ts";

const serversForTheRun = "packages/testkit/src/vitest-setup.ts";
const globalSetup = existsSync(serversForTheRun) ? [`./${serversForTheRun}`] : [];
const notOurs = ["**/node_modules/**", "**/dist/**", "**/.tools/**", "**/.mio/**"];

const conditions = ["@mio/source"];

/** The default leaves one core idle, which on two cores is half of them. */
const maxWorkers = "100%";

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  // Where the servers for the run are started; without it that is compiled code, which a fresh checkout has none of.
  environments: { __vitest__: { resolve: { conditions, externalConditions: conditions } } },
  test: {
    reporters: ["default", new SummaryReporter()],
    exclude: notOurs,
    execArgv: ["--conditions=@mio/source"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["**/{src,test}/**/*.test.ts"],
          // As below: it only ends a test that hangs.
          testTimeout: 30_000,
          expect: { poll: { timeout: 20_000 } },
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["**/test/**/*.itest.ts"],
          globalSetup,
          maxWorkers,
          // It only ends a test that hangs; a busy machine may take many times what an idle one does.
          testTimeout: 120_000,
          hookTimeout: 240_000,
          expect: { poll: { timeout: 20_000 } },
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.ts"],
          globalSetup,
          testTimeout: 600_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 20_000 } },
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
