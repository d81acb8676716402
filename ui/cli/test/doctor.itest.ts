import { migrate } from "@mio/store";
import { testDatabase, testNats } from "@mio/testkit";
import { expect, it } from "vitest";
import { examineServers } from "../src/doctor/servers.ts";

it("looks at the servers that the environment names, and at nothing else", async () => {
  expect(await examineServers({ env: {} })).toEqual([]);
  await using nats = await testNats();
  await using database = await testDatabase();
  const env = { MIO_NATS_URLS: nats.url, MIO_POSTGRES_DSN: database.dsn };
  expect(await examineServers({ env })).toMatchObject([
    { name: "MIO_NATS_URLS", state: "skipped", detail: expect.stringContaining("without MESSAGES_INBOUND") },
    { name: "MIO_POSTGRES_DSN", state: "skipped", detail: "answers, without a schema" },
  ]);
  await migrate({ dsn: database.dsn });
  expect(await examineServers({ env: { MIO_POSTGRES_DSN: database.dsn } })).toEqual([
    { name: "MIO_POSTGRES_DSN", state: "ok", detail: "takes writes, 0 accounts" },
  ]);
});

it("says what is wrong without a password", async () => {
  const env = {
    MIO_NATS_URLS: "nats://127.0.0.1:1",
    MIO_POSTGRES_DSN: "postgres://mio:hunter2@127.0.0.1:1/mio",
    MIO_AGE_KEY_FILE: "/nowhere/keys.txt",
    MIO_SECRETS_DIR: "/nowhere/secrets",
  };
  const findings = await examineServers({ env });
  expect(findings.map(({ name, state }) => [name, state])).toEqual([
    ["MIO_NATS_URLS", "failed"],
    ["MIO_POSTGRES_DSN", "failed"],
    ["MIO_AGE_KEY", "failed"],
    ["MIO_SECRETS_DIR", "failed"],
  ]);
  expect(findings.every(({ next }) => next !== undefined)).toBe(true);
  expect(JSON.stringify(findings)).not.toContain("hunter2");
});
