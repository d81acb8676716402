import { join } from "node:path";
import { env } from "node:process";
import { obtainNatsServer, startPostgres } from "@mio/embedded";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the nats-server program. */
    mioNatsServer: string;
    /** A superuser connection to the Postgres of this run. */
    mioPostgresDsn: string;
  }
}

const toolsDir = join(import.meta.dirname, "../../../.tools");

/** Runs once before all integration tests: finds nats-server and starts one shared Postgres. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [natsServer, postgres] = await Promise.all([
    obtainNatsServer({ toolsDir, env, onProgress: (line) => void process.stderr.write(`${line}\n`) }),
    startPostgres({ env, tuning: { fsync: false, maxConnections: 300 } }),
  ]);
  project.provide("mioNatsServer", natsServer);
  project.provide("mioPostgresDsn", postgres.dsn);
  return async () => {
    await postgres[Symbol.asyncDispose]();
  };
}
