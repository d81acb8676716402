import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { csv, flag, int, port, secret, text, url } from "./fields.ts";
import { loadConfig } from "./load-config.ts";

const schema = z.object({
  MIO_PORT: port().default(8080).describe("Port of the API."),
  MIO_NATS_URLS: csv().default(["nats://localhost:4222"]),
  MIO_MIGRATE: flag().default(true),
  MIO_ENV: z.enum(["dev", "prod"]).default("dev"),
  MIO_POSTGRES_DSN: secret().describe("where Postgres is"),
  MIO_SIGNING_KEY: secret().optional(),
  MIO_PUBLIC_URL: url().optional(),
});

function problemsOf(env: Record<string, string>, readFile?: (path: string) => string): readonly string[] {
  try {
    loadConfig(schema, env, readFile ? { readFile } : {});
  } catch (error) {
    expect(error).toBeInstanceOf(MioError);
    expect(error).toMatchObject({ code: "config.invalid", retry: "never" });
    return error instanceof MioError ? error.message.split("\n") : [];
  }
  return [];
}

const noFile = (path: string): string => {
  throw Object.assign(new Error(`open ${path}`), { code: "ENOENT" });
};

describe("loadConfig", () => {
  it("reads text into types and fills in defaults", () => {
    const config = loadConfig(schema, {
      MIO_PORT: " 9000 ",
      MIO_NATS_URLS: "nats://a:1, nats://b:2,",
      MIO_MIGRATE: "off",
      MIO_POSTGRES_DSN: "postgres://u:p@h/db",
    });
    expect(config).toMatchObject({ MIO_PORT: 9000, MIO_MIGRATE: false, MIO_ENV: "dev" });
    expect(config.MIO_NATS_URLS).toEqual(["nats://a:1", "nats://b:2"]);
    expect(config.MIO_POSTGRES_DSN.reveal()).toBe("postgres://u:p@h/db");
    expect(config.MIO_SIGNING_KEY).toBeUndefined();
  });

  it("treats an empty variable as not set", () => {
    expect(loadConfig(schema, { MIO_PORT: "", MIO_ENV: "  ", MIO_POSTGRES_DSN: "x" })).toMatchObject({
      MIO_PORT: 8080,
      MIO_ENV: "dev",
    });
  });

  it("reports every problem at once, one line each, with the variable and the expected value", () => {
    expect(
      problemsOf({
        MIO_PORT: "80a",
        MIO_MIGRATE: "perhaps",
        MIO_ENV: "production",
        MIO_PUBLIC_URL: "ftp://x",
      }),
    ).toEqual([
      'MIO_PORT is "80a": expected a whole number from 0 to 65535',
      'MIO_MIGRATE is "perhaps": expected true or false (also 1/0, yes/no, on/off)',
      'MIO_ENV is "production": expected one of "dev"|"prod"',
      "MIO_POSTGRES_DSN is not set (or MIO_POSTGRES_DSN_FILE, the path of a file that holds it): expected where Postgres is",
      'MIO_PUBLIC_URL is "ftp://x": expected a URL that starts with http:// or https://',
    ]);
  });

  it("hides the user info of an invalid URL and cuts long values", () => {
    const [line] = problemsOf({ MIO_POSTGRES_DSN: "x", MIO_PUBLIC_URL: "ftp://me:hunter2@host/" });
    expect(line).toContain("ftp://[redacted]@host/");
    expect(problemsOf({ MIO_POSTGRES_DSN: "x", MIO_ENV: "e".repeat(500) })[0]?.length).toBeLessThan(150);
  });

  it("never shows an invalid secret", () => {
    const strict = z.object({
      KEY: secret().refine((key) => key.reveal().length >= 32, { error: "expected 32 characters" }),
    });
    expect(() => loadConfig(strict, { KEY: "hunter2" })).toThrow(
      expect.objectContaining({ message: "KEY is wrong: expected 32 characters" }),
    );
  });

  it("reports a cross-field rule under its setting", () => {
    const both = z.object({ A: text().optional(), B: text().optional() }).superRefine((config, context) => {
      if ((config.A === undefined) !== (config.B === undefined)) {
        context.addIssue({ code: "custom", path: ["B"], message: "set both A and B, or neither" });
      }
    });
    expect(() => loadConfig(both, { A: "x" })).toThrow("B is wrong: set both A and B, or neither");
    expect(loadConfig(both, {})).toEqual({});
  });

  it("returns the same config when its output is parsed again", () => {
    const config = loadConfig(schema, {
      MIO_NATS_URLS: "nats://a,nats://b",
      MIO_MIGRATE: "no",
      MIO_POSTGRES_DSN: "x",
    });
    expect(schema.parse(config)).toEqual(config);
  });
});

describe("secrets in files", () => {
  it("reads <NAME>_FILE and trims it", () => {
    const readFile = (path: string): string => (path === "/run/dsn" ? "postgres://h/db\n" : noFile(path));
    const config = loadConfig(schema, { MIO_POSTGRES_DSN_FILE: "/run/dsn" }, { readFile });
    expect(config.MIO_POSTGRES_DSN.reveal()).toBe("postgres://h/db");
  });

  it("reads a real file", () => {
    expect(() => loadConfig(schema, { MIO_POSTGRES_DSN_FILE: "/nonexistent/dsn" })).toThrow(/ENOENT/);
  });

  it("reads no file for a setting that is not a secret", () => {
    expect(
      loadConfig(
        z.object({ MIO_PORT: int({ min: 1, max: 9 }).default(5) }),
        { MIO_PORT_FILE: "/x" },
        { readFile: noFile },
      ),
    ).toEqual({ MIO_PORT: 5 });
  });

  it.each([
    [
      "both are set",
      { MIO_POSTGRES_DSN: "hunter2", MIO_POSTGRES_DSN_FILE: "/f" },
      "MIO_POSTGRES_DSN_FILE and MIO_POSTGRES_DSN are both set: keep one of them",
    ],
    [
      "it cannot be read",
      { MIO_POSTGRES_DSN_FILE: "/gone" },
      "MIO_POSTGRES_DSN_FILE names a file that cannot be read (ENOENT): /gone",
    ],
    [
      "it is empty",
      { MIO_POSTGRES_DSN_FILE: "/empty" },
      "MIO_POSTGRES_DSN_FILE names an empty file (/empty): expected the secret in it",
    ],
  ])("rejects when %s, in one line", (_case, env, line) => {
    const readFile = (path: string): string =>
      path === "/empty" ? " \n" : path === "/f" ? "other" : noFile(path);
    expect(problemsOf(env, readFile)).toEqual([line]);
  });
});
