import { connect } from "@nats-io/transport-node";
import { Client } from "pg";
import { expect, test } from "vitest";
import { privateNats, privatePostgres, testDatabase, testNats } from "../src/index.ts";

async function query(dsn: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("every caller gets a separate nats-server", async () => {
  await using one = await testNats();
  await using two = await testNats();
  expect(one.url).not.toBe(two.url);
  const client = await connect({ servers: one.url });
  expect(client.info?.jetstream).toBe(true);
  await client.close();
});

test("a private nats-server keeps its port after a kill", async () => {
  await using server = await privateNats();
  const { pid, url } = server;
  await server.kill();
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(server.url).toBe(url);
});

test("a private Postgres keeps committed rows after a restart", async () => {
  await using server = await privatePostgres();
  await query(server.dsn, "create table kept as select 1 as n");
  await server.kill();
  await server.restart();
  expect(await query(server.dsn, "select n from kept")).toEqual([{ n: 1 }]);
});

test("prepares a template once and separates its copies", async () => {
  let prepared = 0;
  const template = {
    name: "testkit",
    prepare: async (dsn: string) => {
      prepared += 1;
      await query(dsn, "create table seeded as select 42 as n");
    },
  };
  const copies = await Promise.all([testDatabase({ template }), testDatabase({ template })]);
  await query(copies[0].dsn, "delete from seeded");
  expect(await query(copies[1].dsn, "select n from seeded")).toEqual([{ n: 42 }]);
  expect(prepared).toBe(1);
  await Promise.all(copies.map((copy) => copy[Symbol.asyncDispose]()));
  await expect(query(copies[0].dsn, "select 1")).rejects.toThrow(/does not exist/);
});
