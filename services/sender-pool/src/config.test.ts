import { loadConfig } from "@mio/service-kit";
import { describe, expect, it } from "vitest";
import { senderPoolConfig } from "./config.ts";

const load = (env: Readonly<Record<string, string>>) =>
  loadConfig(senderPoolConfig, { MIO_POSTGRES_DSN: "postgres://localhost/mio", ...env });

describe("the settings of the sender pool", () => {
  it.each([
    ["MIO_SENDER_MAX_AGE", "24h", "less than the 24 hours"],
    ["MIO_DELIVERY_RETENTION", "24h", "25 hours at least"],
    ["MIO_SENDER_ACCOUNT_BACKLOG", "10000", "more than MIO_SENDER_ACCOUNT_IN_FLIGHT"],
  ])("refuse %s of %s, and say why", (name, value, why) => {
    expect(() => load({ [name]: value })).toThrow(name);
    expect(() => load({ [name]: value })).toThrow(why);
  });

  it("take what is just right, and their defaults", () => {
    load({});
    load({ MIO_SENDER_MAX_AGE: "23h", MIO_DELIVERY_RETENTION: "25h", MIO_SENDER_ACCOUNT_BACKLOG: "10001" });
  });
});
