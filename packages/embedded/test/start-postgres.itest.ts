import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { expect, test } from "vitest";
import { startPostgres } from "../src/index.ts";
import { isAlive, temporaryDir } from "./fixtures.ts";

const env = process.env;

async function query(dsn: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("keeps folder, password and rows across stop and start, with durability on", async () => {
  await using dir = await temporaryDir();
  let dsn = "";
  {
    await using server = await startPostgres({ dir: dir.path, env });
    dsn = server.dsn;
    await query(dsn, "create table kept as select 7 as n");
  }
  await using again = await startPostgres({ dir: dir.path, env });
  expect(new URL(again.dsn).password).toBe(new URL(dsn).password);
  expect(await query(again.dsn, "select n from kept")).toEqual([{ n: 7 }]);
  expect(await query(again.dsn, "show fsync")).toEqual([{ fsync: "on" }]);
  expect(await query(again.dsn, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
  expect(await query(again.dsn, "show server_encoding")).toEqual([{ server_encoding: "UTF8" }]);
});

test("requires the password, which no command line and no readable file shows", async () => {
  await using dir = await temporaryDir();
  await using server = await startPostgres({ dir: dir.path, env, tuning: { fsync: false } });
  const { password } = new URL(server.dsn);
  const wrong = new URL(server.dsn);
  wrong.password = "guess";
  await expect(query(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
  expect((await stat(join(dir.path, "postgres-password"))).mode & 0o077).toBe(0);
  if (process.platform === "linux") {
    expect(await readFile(`/proc/${server.pid}/cmdline`, "utf8")).not.toContain(password);
    expect(await readFile(`/proc/${server.pid}/environ`, "utf8")).not.toContain(password);
  }
});

test.runIf(process.platform === "linux")("runs as another user under root", async () => {
  await using server = await startPostgres({ env, tuning: { fsync: false } });
  const { uid } = await stat(`/proc/${server.pid}`);
  expect(uid).not.toBe(0);
});

test("recovers on the same port after SIGKILL", async () => {
  await using server = await startPostgres({ env });
  const { port, pid } = server;
  await query(server.dsn, "create table kept as select 7 as n");
  await server.kill();
  await server.restart();
  expect(server.port).toBe(port);
  expect(isAlive(pid)).toBe(false);
  expect(await query(server.dsn, "select n from kept")).toEqual([{ n: 7 }]);
});

test("rejects files of another major version, naming both", async () => {
  await using dir = await temporaryDir();
  await mkdir(join(dir.path, "pgdata"));
  await writeFile(join(dir.path, "pgdata", "PG_VERSION"), "9\n");
  await expect(startPostgres({ dir: dir.path, env })).rejects.toMatchObject({
    code: "embedded.postgres_version",
    message: expect.stringMatching(/made by Postgres 9, but Postgres \d+/),
  });
});

test("never replaces existing files because the password is missing", async () => {
  await using dir = await temporaryDir();
  await mkdir(join(dir.path, "pgdata"));
  const postgres = await startPostgres({ env, tuning: { fsync: false } });
  const [row] = await query(
    postgres.dsn,
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  await postgres[Symbol.asyncDispose]();
  const marker = join(dir.path, "pgdata", "PG_VERSION");
  await writeFile(marker, `${row?.["major"]}\n`);
  await expect(startPostgres({ dir: dir.path, env })).rejects.toMatchObject({
    code: "embedded.postgres_failed",
    message: expect.stringContaining("is missing"),
  });
  expect(await readFile(marker, "utf8")).not.toBe("");
});

test.runIf(process.getuid?.() === 0)("as root it also serves a private folder", async () => {
  await using dir = await temporaryDir();
  const home = join(dir.path, "private", "postgres");
  let first = "";
  {
    await using server = await startPostgres({ dir: home, env, tuning: { fsync: false } });
    first = server.dsn;
    await query(first, "create table kept as select 7 as n");
  }
  {
    await using server = await startPostgres({ dir: home, env, tuning: { fsync: false } });
    expect(await query(server.dsn, "select n from kept")).toEqual([{ n: 7 }]);
  }
  await rm(home, { recursive: true });
  await using server = await startPostgres({ dir: home, env, tuning: { fsync: false } });
  await expect(query(server.dsn, "select n from kept")).rejects.toThrow(/does not exist/);
});

test("refuses a folder another server uses", async () => {
  await using dir = await temporaryDir();
  await using _first = await startPostgres({ dir: dir.path, env, tuning: { fsync: false } });
  await expect(startPostgres({ dir: dir.path, env })).rejects.toMatchObject({ code: "embedded.dir_in_use" });
});

test("rejects a MIO_POSTGRES_BIN without a Postgres", async () => {
  const starting = startPostgres({ env: { ...env, MIO_POSTGRES_BIN: "/nowhere" } });
  await expect(starting).rejects.toMatchObject({
    code: "embedded.no_postgres",
    message: expect.stringContaining("/nowhere"),
  });
});
