import { loadConfig } from "@mio/service-kit";
import { expect, it } from "vitest";
import { z } from "zod";
import { storeConfig } from "./store-config.ts";

const schema = z.object(storeConfig);

it.each([
  "postgres://mio:p%40ss@db.example:5432/mio?sslmode=require",
  "postgresql://mio@db.example/mio",
  "postgres://mio:secret@/mio?host=/run/postgresql",
  "postgres:///mio",
])("takes the connection string %s", (dsn) => {
  expect(loadConfig(schema, { MIO_POSTGRES_DSN: dsn }).MIO_POSTGRES_DSN.reveal()).toBe(dsn);
});

it.each([
  "hunter2",
  "mio:hunter2@db.example/mio",
  "postgres://mio:hunter2@db.example:port/mio",
  "mysql://mio:hunter2@db.example/mio",
])("rejects %s without printing it", (dsn) => {
  const load = () => loadConfig(schema, { MIO_POSTGRES_DSN: dsn });
  expect(load).toThrow(/MIO_POSTGRES_DSN.*expected postgres:\/\/user:password@host/);
  expect(load).not.toThrow(/hunter2/);
});
