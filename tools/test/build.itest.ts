import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { pathToFileURL } from "node:url";
import { findFreePorts, startProcess } from "@mio/embedded";
import { testDatabase, testNats } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuiltService, buildServices } from "../src/build/build-services.ts";
import { repositoryRoot } from "../src/generators/repository.ts";
import { createRunner } from "../src/run-program.ts";

const signal = new AbortController().signal;

describe("built services, outside the repository", () => {
  let home: string;
  let services: readonly BuiltService[];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "mio-built-"));
    services = await buildServices({ root: repositoryRoot, env, signal, folder: home });
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const folderOf = (name: string): string => join(home, name);

  it("start on an empty database, with Node that may read nothing else", async () => {
    await using nats = await testNats();
    await using database = await testDatabase();
    const blobs = join(home, "blobs");
    await mkdir(blobs);
    const may = [`--allow-fs-read=${home}`, `--allow-fs-write=${blobs}`];
    for (const name of ["gateway", "media-vault", "sender-pool"]) {
      const [port = 0, opsPort = 0] = await findFreePorts(2);
      await using service = await startProcess({
        module: join(folderOf(name), "dist/main.js"),
        readyUrl: `http://127.0.0.1:${opsPort}/readyz`,
        logFile: join(home, `${name}.log`),
        env: {
          NODE_OPTIONS: ["--permission", "--allow-net", ...may].join(" "),
          // The migration library looks for a folder of its own compiled code.
          JITI_FS_CACHE: "false",
          MIO_ENV: "dev",
          MIO_SECRETS_DIR: home,
          MIO_HOST: "127.0.0.1",
          MIO_OPS_HOST: "127.0.0.1",
          MIO_PORT: String(port),
          MIO_OPS_PORT: String(opsPort),
          MIO_NATS_URLS: nats.url,
          MIO_NATS_STORAGE: "memory",
          MIO_POSTGRES_DSN: database.dsn,
          MIO_BLOB_URL: pathToFileURL(blobs).href,
        },
      });
      await service.stop();
      expect([name, service.exitCode]).toEqual([name, 0]);
    }
  });

  it("import nothing but Node", async () => {
    for (const { folder } of services) {
      const names = await readdir(join(folder, "dist"), { recursive: true });
      const files = names.filter((name) => name.endsWith(".js"));
      const texts = await Promise.all(files.map((name) => readFile(join(folder, "dist", name), "utf8")));
      const imports = texts.flatMap((text) => text.match(/^(?:import|export) .* from "[^"]+";$/gm) ?? []);
      expect(imports.length).toBeGreaterThan(0);
      expect(imports.filter((line) => !/"(?:\.\.?\/|node:|[a-z_]+")/.test(line))).toEqual([]);
    }
  });

  it("load few modules at each start, and none that only some processes need", async () => {
    for (const name of ["gateway", "media-vault", "sender-pool"]) {
      const chunk = join(folderOf(name), "dist/chunks/start.js");
      const { sources }: { readonly sources: readonly string[] } = JSON.parse(
        await readFile(`${chunk}.map`, "utf8"),
      );
      expect(sources.length).toBeGreaterThan(100);
      expect(sources.length).toBeLessThan(1_400);
      const lazy =
        /node_modules\/(?:pino-pretty|node-pg-migrate|@opentelemetry\/exporter-trace-otlp-http|@aws-sdk\/[^/]+|@smithy\/[^/]+)\//;
      expect(sources.filter((source) => lazy.test(source))).toEqual([]);
      const code = await readFile(chunk, "utf8");
      expect(code).toMatch(/^\p{ASCII}*$/u);
      expect(code).not.toMatch(/^import .* from "\.\/(?:pino-pretty|export-spans|s3-store)\.js";$/m);
    }
  });

  it("keep compiled code that Node accepts", async () => {
    const run = createRunner({ root: repositoryRoot, env: { NODE_DEBUG_NATIVE: "COMPILE_CACHE" }, signal });
    for (const name of ["gateway", "media-vault", "sender-pool"]) {
      const { output } = await run("node", [join(folderOf(name), "dist/main.js")]);
      expect(output).toMatch(/V8 code cache for ESM .*start\.js was accepted/);
    }
  });

  it("show the lines of the sources in stack traces", async () => {
    const caller = join(home, "call.mjs");
    const start = pathToFileURL(join(folderOf("gateway"), "dist/chunks/start.js"));
    await writeFile(caller, `import { start } from "${start}"; await start(undefined);`);
    const run = createRunner({ root: repositoryRoot, env: {}, signal });
    const plain = await run("node", [caller]);
    expect(plain.output).toMatch(/at .*configOrComplaint \(file:.*start\.js:\d+:\d+\)/);
    const mapped = await run("node", ["--enable-source-maps", caller]);
    expect(mapped.output).toMatch(
      /at .*configOrComplaint \(.*packages\/service-kit\/src\/lifecycle\/main\.ts:\d+:\d+\)/,
    );
  });

  it("come with the licence of each package inside", async () => {
    for (const { folder } of services) {
      const notices = await readFile(join(folder, "THIRD-PARTY-NOTICES.txt"), "utf8");
      expect(notices).toMatch(/^@nats-io\/jetstream \S+ \(Apache-2\.0\)$/m);
      const headings = notices.match(/^\S+ \d+\.\d+\.\d+\S* \(.*\)$/gm) ?? [];
      const licences = new Set(headings.map((heading) => heading.replace(/^.* \((.*)\)$/, "$1")));
      const permissive = [
        "0BSD",
        "(Apache-2.0 AND BSD-3-Clause)",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BlueOak-1.0.0",
        "ISC",
        "MIT",
        "Unlicense",
      ];
      expect([...licences].filter((licence) => !permissive.includes(licence))).toEqual([]);
    }
  });
});
