import { describe, expect, it } from "vitest";
import { loadConfig } from "./config.ts";

describe("loadConfig", () => {
  it("needs nothing", () => {
    expect(loadConfig({})).toEqual({
      servers: "nats://localhost:4222",
      enabled: true,
      thinkMs: 0,
      logLevel: "info",
    });
  });

  it("prefers MIO_NATS_URLS to NATS_URL, and ignores an empty value", () => {
    expect(loadConfig({ NATS_URL: "nats://b", MIO_NATS_URLS: "nats://a" }).servers).toBe("nats://a");
    expect(loadConfig({ NATS_URL: "nats://b", MIO_NATS_URLS: "" }).servers).toBe("nats://b");
    expect(loadConfig({ MIO_NATS_CREDS_FILE: "/creds" }).credsFile).toBe("/creds");
  });

  it.each([
    ...["1", "true", "YES", "on", " On ", "t", "y", ""].map((text) => [text, true] as const),
    ...["0", "false", "No", "OFF", "f", "n"].map((text) => [text, false] as const),
  ])("reads ECHO_ENABLED=%j as %j", (text, enabled) => {
    expect(loadConfig({ ECHO_ENABLED: text }).enabled).toBe(enabled);
  });

  it("lists every problem at once", () => {
    const env = { ECHO_ENABLED: "perhaps", ECHO_THINK_MS: "1.5", MIO_LOG_LEVEL: "loud" };
    expect(() => loadConfig(env)).toThrow(/ECHO_ENABLED.*ECHO_THINK_MS.*MIO_LOG_LEVEL/);
  });

  it("reads the delay in whole milliseconds and the level in any case", () => {
    expect(loadConfig({ ECHO_THINK_MS: " 1500 ", MIO_LOG_LEVEL: "WARN" })).toMatchObject({
      thinkMs: 1500,
      logLevel: "warn",
    });
  });
});
