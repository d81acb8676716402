import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";

const module = fileURLToPath(new URL("./count-modules.ts", import.meta.url));

/** A start is mostly loading modules. Raise this only with a reason. */
const most = 1_500;

test("the start loads few modules, and none that only some processes need", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@mio/source", module], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const loaded = z.array(z.string()).parse(JSON.parse(stdout));
  const packages = new Set(loaded.map((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]));
  for (const lazy of ["@opentelemetry/exporter-trace-otlp-http", "pino-pretty", "node-pg-migrate", "ajv"]) {
    expect(packages).not.toContain(lazy);
  }
  expect(packages).toContain("fastify");
  expect(loaded.filter((url) => !url.startsWith("node:")).length).toBeLessThan(most);
});
