import { describe, expect, it } from "vitest";
import { z } from "zod";
import { baseConfig } from "./base-config.ts";
import { describeConfig } from "./describe-config.ts";
import { bytes, csv, durationMs, port, secret, text } from "./fields.ts";
import { loadConfig } from "./load-config.ts";
import { summarizeConfig } from "./summarize-config.ts";

const schema = z.object({
  MIO_PORT: port().default(8080).describe("Port of the API."),
  MIO_HOSTS: csv().describe("Hosts.").default(["a", "b"]),
  MIO_NATS_URL: text(),
  MIO_POSTGRES_DSN: secret().describe("Where Postgres is."),
  MIO_TOKEN: secret().optional().describe("A token."),
});

describe("describeConfig", () => {
  it("has one row per setting, in order, for any wrapped field", () => {
    expect(describeConfig(schema)).toEqual([
      { name: "MIO_PORT", description: "Port of the API.", default: "8080", required: false, secret: false },
      { name: "MIO_HOSTS", description: "Hosts.", default: "a,b", required: false, secret: false },
      { name: "MIO_NATS_URL", description: "", default: undefined, required: true, secret: false },
      {
        name: "MIO_POSTGRES_DSN",
        description: "Where Postgres is.",
        default: undefined,
        required: true,
        secret: true,
      },
      { name: "MIO_TOKEN", description: "A token.", default: undefined, required: false, secret: true },
    ]);
  });

  it.for<[field: z.ZodType, shown: string]>([
    [durationMs().default(2000), "2s"],
    [durationMs().default(86_400_000), "1d"],
    [durationMs().default(1500), "1500ms"],
    [bytes().default(1_048_576), "1MiB"],
    [bytes().default(1000), "1000"],
    [bytes().default(0), "0GiB"],
  ])("shows a default with its unit (%#)", ([field, shown]) => {
    const [row] = describeConfig(z.object({ X: field }));
    expect(row?.default).toBe(shown);
    expect(field.parse(shown)).toEqual(field.parse(undefined));
  });

  it("describes every shared setting, each with a default except MIO_ENV", () => {
    const rows = describeConfig(z.object(baseConfig));
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(baseConfig));
    for (const row of rows) {
      expect(row).toEqual({
        name: expect.stringMatching(/^MIO_/),
        description: expect.stringMatching(/\w/),
        ...(row.name === "MIO_ENV" ? {} : { default: expect.stringMatching(/\w/) }),
        required: false,
        secret: false,
      });
    }
  });
});

describe("summarizeConfig", () => {
  it("shows the effective settings, and only whether secrets are set", () => {
    const config = loadConfig(schema, {
      MIO_NATS_URL: "nats://user:hunter2@h:4222",
      MIO_POSTGRES_DSN: "hunter2",
    });
    expect(summarizeConfig(schema, config)).toEqual([
      "MIO_PORT=8080",
      "MIO_HOSTS=a,b",
      "MIO_NATS_URL=nats://[redacted]@h:4222",
      "MIO_POSTGRES_DSN=[set]",
      "MIO_TOKEN is not set",
    ]);
  });
});
