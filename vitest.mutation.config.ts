import { env } from "node:process";
import { defineConfig } from "vitest/config";

const conditions = ["@mio/source"];
const owner = env["MIO_MUTATION_OWNER"] ?? "no-package";

/** The tests of one package, unit and integration together, as Stryker runs them in its copy of the repository. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  environments: { __vitest__: { resolve: { conditions, externalConditions: conditions } } },
  test: {
    execArgv: ["--conditions=@mio/source"],
    include: [`${owner}/{src,test}/**/*.{test,itest}.ts`],
    globalSetup: ["./packages/testkit/src/vitest-setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
