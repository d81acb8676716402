import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startNats, startPostgres } from "../src/index.ts";
import { spawnGuarded } from "../src/process/guarded-child.ts";
import { isAlive, natsBinary, temporaryDir, until } from "./fixtures.ts";

test("servers end with a killed parent, and their folders are usable at once", async () => {
  await using dir = await temporaryDir();
  const parent = spawn(
    process.execPath,
    ["--conditions=@mio/source", join(import.meta.dirname, "parent.ts"), natsBinary, dir.path],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = await once(parent.stdout, "data");
  const pids: { nats: number; postgres: number } = JSON.parse(String(line));
  expect([isAlive(pids.nats), isAlive(pids.postgres)]).toEqual([true, true]);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await using _nats = await startNats({ binary: natsBinary, dir: `${dir.path}/nats` });
  await using _postgres = await startPostgres({ dir: `${dir.path}/postgres`, env: process.env });
  expect([isAlive(pids.nats), isAlive(pids.postgres)]).toEqual([false, false]);
});

test("kills a child that ignores the signal", async () => {
  await using dir = await temporaryDir();
  const script = join(dir.path, "parent.mjs");
  const source = join(import.meta.dirname, "../src/process/guarded-child.ts");
  await writeFile(
    script,
    `import { spawnGuarded } from ${JSON.stringify(source)};
     const child = await spawnGuarded({
       command: "/bin/sh", args: ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"],
       logFile: ${JSON.stringify(join(dir.path, "log"))}, orphanSignal: "TERM", env: process.env });
     process.stdout.write(String(child.pid));
     setInterval(() => {}, 1000);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = await once(parent.stdout, "data");
  const pid = Number(String(text));
  await until(async () => (await readFile(join(dir.path, "log"), "utf8")).includes("ready"));
  parent.kill("SIGKILL");
  await until(() => !isAlive(pid));
});

test("the guard ends with the child and kills no other process", async () => {
  await using dir = await temporaryDir();
  const child = await spawnGuarded({
    command: "/bin/sh",
    args: ["-c", "sleep 0.1"],
    logFile: join(dir.path, "log"),
    orphanSignal: "TERM",
    env: process.env,
  });
  await child.exited;
  expect(child.hasExited()).toBe(true);
  expect(child.signal("SIGTERM")).toBe(false);
});
