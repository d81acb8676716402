import { describe, expect, it } from "vitest";
import { z } from "zod";
import { port, secret } from "./fields.ts";
import { findUnknownSettings } from "./unknown-settings.ts";

const schemas = [
  z.object({ MIO_PORT: port(), MIO_POSTGRES_DSN: secret() }),
  z.object({ MIO_CLIQ_BOT_NAME: z.string(), CLIQ_CLIENT_ID: z.string() }),
];

describe("findUnknownSettings", () => {
  it("ignores known settings, secret files and names outside MIO_", () => {
    const env = {
      MIO_PORT: "1",
      MIO_POSTGRES_DSN_FILE: "/f",
      MIO_CLIQ_BOT_NAME: "b",
      MIO_POSTGRES_BIN: "/pg",
      PATH: "/bin",
      PORT: "1",
    };
    expect(findUnknownSettings(schemas, env)).toEqual({ misspelt: [], others: [] });
  });

  it("suggests the probable setting, and separates unrelated names", () => {
    const env = { MIO_PROT: "1", MIO_POSTGRES_DNS: "x", MIO_PORT_FILE: "/p", MIO_SOMETHING_ELSE: "y" };
    expect(findUnknownSettings(schemas, env)).toEqual({
      misspelt: [
        "MIO_POSTGRES_DNS is not a setting of this service; did you mean MIO_POSTGRES_DSN?",
        "MIO_PROT is not a setting of this service; did you mean MIO_PORT?",
      ],
      others: [
        "MIO_PORT_FILE is not a setting of this service",
        "MIO_SOMETHING_ELSE is not a setting of this service",
      ],
    });
  });

  it("never repeats a value", () => {
    const unknown = findUnknownSettings(schemas, { MIO_POSTGRES_DNS: "hunter2", MIO_OTHER: "hunter2" });
    expect(JSON.stringify(unknown)).not.toContain("hunter2");
  });
});
