import { describe, expect, it } from "vitest";
import { z } from "zod";
import { port, secret } from "./fields.ts";
import { findUnknownSettings } from "./unknown-settings.ts";

const schemas = [
  z.object({ MIO_PORT: port(), MIO_POSTGRES_DSN: secret() }),
  z.object({ MIO_CLIQ_BOT_NAME: z.string(), CLIQ_CLIENT_ID: z.string() }),
];

describe("findUnknownSettings", () => {
  it("says nothing about what some schema reads, secret files and names outside MIO_", () => {
    const env = {
      MIO_PORT: "1",
      MIO_POSTGRES_DSN_FILE: "/f",
      MIO_CLIQ_BOT_NAME: "b",
      MIO_POSTGRES_BIN: "/pg",
      PATH: "/bin",
      PORT: "1",
    };
    expect(findUnknownSettings(schemas, env)).toEqual([]);
  });

  it("names the setting that was probably meant", () => {
    const env = { MIO_PROT: "1", MIO_POSTGRES_DNS: "x", MIO_PORT_FILE: "/p", MIO_SOMETHING_ELSE: "y" };
    expect(findUnknownSettings(schemas, env)).toEqual([
      "MIO_PORT_FILE is not a setting of this service",
      "MIO_POSTGRES_DNS is not a setting of this service; did you mean MIO_POSTGRES_DSN?",
      "MIO_PROT is not a setting of this service; did you mean MIO_PORT?",
      "MIO_SOMETHING_ELSE is not a setting of this service",
    ]);
  });

  it("never repeats a value", () => {
    expect(findUnknownSettings(schemas, { MIO_POSTGRES_DNS: "hunter2" }).join()).not.toContain("hunter2");
  });
});
