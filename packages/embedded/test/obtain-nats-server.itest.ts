import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { natsVersion, obtainNatsServer } from "../src/index.ts";
import { downloadNats } from "../src/nats/download-nats.ts";
import { toNatsArchiveName } from "../src/nats/nats-release.ts";
import { temporaryDir } from "./fixtures.ts";

/** A fake nats-server that answers `-v`. */
async function writeNats(path: string, version: string): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Serves the release files. */
async function serve(files: ReadonlyMap<string, Uint8Array>) {
  const server = createServer((request, response) => {
    const file = files.get((request.url ?? "").slice(1));
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => void server.close() };
}

const onlyTheSystem = { PATH: "/usr/bin:/bin" };

test("uses MIO_NATS_SERVER, and rejects it if unusable", async () => {
  await using dir = await temporaryDir();
  const good = await writeNats(join(dir.path, "good"), "2.12.0");
  const old = await writeNats(join(dir.path, "old"), "2.11.9");
  const env = { ...onlyTheSystem };
  expect(await obtainNatsServer({ toolsDir: dir.path, env: { ...env, MIO_NATS_SERVER: good } })).toBe(good);
  await expect(
    obtainNatsServer({ toolsDir: dir.path, env: { ...env, MIO_NATS_SERVER: old } }),
  ).rejects.toMatchObject({
    code: "embedded.no_nats_server",
    message: expect.stringContaining("2.11.9"),
  });
});

test("prefers PATH to the tools folder, and skips an old version", async () => {
  await using dir = await temporaryDir();
  const toolsDir = join(dir.path, "tools");
  const kept = await writeNats(join(toolsDir, `nats-server-${natsVersion}`), natsVersion);
  await writeNats(join(dir.path, "old", "nats-server"), "2.9.10");
  const onPath = await writeNats(join(dir.path, "new", "nats-server"), "2.14.0");
  const old = { PATH: join(dir.path, "old") };
  expect(await obtainNatsServer({ toolsDir, env: old })).toBe(kept);
  expect(await obtainNatsServer({ toolsDir, env: { PATH: `${old.PATH}:${join(dir.path, "new")}` } })).toBe(
    onPath,
  );
});

test("lists each failed attempt, its reason and the remedy, without waiting", async () => {
  await using dir = await temporaryDir();
  const before = performance.now();
  const obtaining = obtainNatsServer({
    toolsDir: dir.path,
    env: { PATH: "" },
    releaseUrl: "http://127.0.0.1:9",
  });
  await expect(obtaining).rejects.toMatchObject({ code: "embedded.no_nats_server", retry: "soon" });
  const message = String(await obtaining.catch((error: Error) => error.message));
  for (const part of [
    "PATH",
    "release download: 127.0.0.1:9",
    "go install: is not installed",
    "distribution package",
    "MIO_NATS_SERVER",
  ]) {
    expect(message).toContain(part);
  }
  expect(performance.now() - before).toBeLessThan(20_000);
  expect(await readdir(dir.path)).toEqual([]);
});

async function makeArchive(dir: string, platform: string): Promise<Uint8Array> {
  const name = toNatsArchiveName(platform);
  await writeNats(join(dir, name, "nats-server"), natsVersion);
  await promisify(execFile)("tar", ["-czf", join(dir, "archive.tar.gz"), "-C", dir, name]);
  return readFile(join(dir, "archive.tar.gz"));
}

test("rejects an archive with another checksum", async () => {
  await using dir = await temporaryDir();
  const archive = await makeArchive(dir.path, "linux-amd64");
  using release = await serve(new Map([[`${toNatsArchiveName("linux-amd64")}.tar.gz`, archive]]));
  const workDir = await mkdtemp(join(dir.path, "work-"));
  const options = { workDir, baseUrl: release.url, platform: "linux", arch: "x64", onProgress: () => {} };
  await expect(downloadNats(options)).rejects.toThrow(/SHA-256 is [0-9a-f]{64}, expected bf5edc7b/);
  expect(await readdir(workDir)).toEqual([]);
});

test("checks a platform without a pinned checksum against the release's list", async () => {
  await using dir = await temporaryDir();
  const archive = await makeArchive(dir.path, "darwin-arm64");
  const file = `${toNatsArchiveName("darwin-arm64")}.tar.gz`;
  const sum = createHash("sha256").update(archive).digest("hex");
  const list = (line: string) =>
    new Map([
      [file, archive],
      ["SHA256SUMS", new TextEncoder().encode(line)],
    ]);
  const options = { workDir: dir.path, platform: "darwin", arch: "arm64", onProgress: () => {} };
  {
    using release = await serve(list(`${"0".repeat(64)}  ${file}\n`));
    await expect(downloadNats({ ...options, baseUrl: release.url })).rejects.toThrow(/it was not used/);
  }
  {
    using release = await serve(list("nothing here\n"));
    await expect(downloadNats({ ...options, baseUrl: release.url })).rejects.toThrow(/does not list/);
  }
  using release = await serve(list(`${sum}  ${file}\n`));
  const program = await downloadNats({ ...options, baseUrl: release.url });
  expect(await readFile(program, "utf8")).toContain(natsVersion);
});

test("ends at once on abort", async () => {
  await using dir = await temporaryDir();
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(obtainNatsServer({ toolsDir: dir.path, env: { PATH: "" }, signal })).rejects.toThrow("enough");
});
