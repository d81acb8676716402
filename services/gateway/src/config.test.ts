import { loadConfig } from "@mio/service-kit";
import { expect, it } from "vitest";
import { gatewayConfig } from "./config.ts";

const load = (env: Readonly<Record<string, string>>) =>
  loadConfig(gatewayConfig, { MIO_POSTGRES_DSN: "postgres://x/y", ...env });
const fallback = {
  MIO_TENANT_ID: "018f3c9e-7b1a-7c3d-8e4f-000000000001",
  MIO_ACCOUNT_ID: "018f3c9e-7b1a-7c3d-8e4f-000000000002",
};

it.each([{ MIO_ENV: "prod" }, { MIO_ENV: "staging" }, {}])("rejects a fallback account with %j", (env) => {
  expect(() => load({ ...env, ...fallback })).toThrow(/MIO_ACCOUNT_ID[\s\S]*MIO_ENV=dev/);
});

it("accepts a fallback account in development if both ids are set", () => {
  expect(load({ MIO_ENV: "dev", ...fallback })).toMatchObject(fallback);
  for (const [name, id] of Object.entries(fallback)) {
    expect(() => load({ MIO_ENV: "dev", [name]: id })).toThrow(/set both MIO_TENANT_ID and MIO_ACCOUNT_ID/);
  }
});

it("keeps messages at least seven days, as long as agents can read them", () => {
  expect(load({ MIO_MESSAGE_RETENTION: "7d" }).MIO_MESSAGE_RETENTION).toBe(7 * 86_400_000);
  expect(() => load({ MIO_MESSAGE_RETENTION: "6d" })).toThrow(/MIO_MESSAGE_RETENTION.*at least 7d/);
});
