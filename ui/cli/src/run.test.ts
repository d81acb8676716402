import { afterEach, describe, expect, it } from "vitest";
import { createIo } from "./io.ts";
import { run } from "./run.ts";
import { usualPorts } from "./usual-ports.ts";

interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function mio(line: string, env: NodeJS.ProcessEnv = {}, isTTY = false): Promise<Ran> {
  const written = { out: "", err: "" };
  const sink = (name: keyof typeof written) => ({
    isTTY,
    write: (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    },
  });
  const argv = ["node", "main.ts", ...line.split(" ").filter(Boolean)];
  const host = { argv, env, stdout: sink("out"), stderr: sink("err") };
  const exitCode = await run(createIo({ host, signal: AbortSignal.timeout(60_000) }));
  return { exitCode, ...written };
}

describe("mio", () => {
  it("shows the main help without arguments and for --help", async () => {
    const bare = await mio("");
    expect(bare).toEqual(await mio("--help"));
    expect(bare).toMatchObject({ exitCode: 0, err: "" });
    for (const word of ["check", "test", "doctor", "migrate", "Exit codes", "Examples"])
      expect(bare.out).toContain(word);
  });

  it.each(["check", "test", "pack", "migrate", "doctor", "credentials"])(
    "shows the help of %s",
    async (name) => {
      const { exitCode, out, err } = await mio(`${name} --help`);
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
      expect(out).toMatch(new RegExp(`^Usage: mio ${name} `));
    },
  );

  it.each([
    "",
    ...[
      "up",
      "demo",
      "doctor",
      "check",
      "test",
      "pack",
      "migrate",
      "bench",
      "bench inbound",
      "bench outbound",
      "bench loop",
    ],
    ...["credentials", "credentials set", "credentials rotate", "dlq", "dlq list", "dlq show", "dlq redrive"],
  ])("fits the help of '%s' into 80 columns, except for commands to copy", async (name) => {
    const { out } = await mio(`${name} --help`);
    const wide = out.split("\n").filter((line) => line.length > 80);
    expect(wide.filter((line) => !/^ .*(\.\/mio |node_modules)/.test(line))).toEqual([]);
  });

  it.each([
    ["help", "mio <command>"],
    ["help up", "mio up "],
    ["help bench", "mio bench "],
    ["help bench inbound", "mio bench inbound "],
  ])("shows the help for %s", async (line, usage) => {
    const { exitCode, out, err } = await mio(line);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toMatch(new RegExp(`^Usage: ${usage}`));
  });

  it.each([
    ["help nope", "unknown command 'nope'", "see ./mio --help"],
    ["help bench nope", "unknown command 'nope'", "see ./mio bench --help"],
    ["up --data", "option '--data <dir>' argument missing", "see ./mio up --help"],
    ["bench loop x", "too many arguments for 'loop'.*", "see ./mio bench loop --help"],
  ])("names the help to read after: %s", async (line, error, next) => {
    const { exitCode, err } = await mio(line);
    expect(exitCode).toBe(2);
    expect(err).toMatch(new RegExp(`^error: ${error}\nnext: ${next}\n$`));
  });

  it("prints its version", async () => {
    expect(await mio("--version")).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const { out } = await mio("--version --json");
    expect(JSON.parse(out)).toEqual({ ok: true, version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  });

  it("names every port that up uses", async () => {
    const { out } = await mio("up --help");
    for (const { port } of Object.values(usualPorts)) expect(out).toContain(` ${port} `);
  });

  it("suggests the nearest command for an unknown one, and exits 2", async () => {
    const { exitCode, out, err } = await mio("chek");
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toBe("error: unknown command 'chek'\nnext: did you mean check?\n");
  });

  it.each([
    ["--wat", "unknown option '--wat'"],
    ["check --only nope", "no such step: 'nope'"],
    ["test nope", "no such group of tests: nope"],
    ["test python", "no such group of tests: python"],
    ["test unit integration", "no such group of tests: unit integration"],
    ["up --think-ms -1", "option '--think-ms <ms>' argument '-1' is invalid. It takes a whole number from 0"],
    ["up --think-ms 1e3", "option '--think-ms <ms>' argument '1e3' is invalid"],
    ["bench inbound --rate 0", "option '--rate <n>' argument '0' is invalid. It takes a whole number from 1"],
    ["bench outbound --senders 9", "option '--senders <n>' argument '9' is invalid"],
    ["dlq list --limit none", "option '--limit <n>' argument 'none' is invalid"],
    ["credentials show nobody", "command-argument value 'nobody' is invalid for argument 'account-id'"],
    ["credentials set nobody", "command-argument value 'nobody' is invalid for argument 'account-id'"],
  ])("exits 2 for: %s", async (line, message) => {
    const { exitCode, err } = await mio(line);
    expect(exitCode).toBe(2);
    expect(err).toMatch(new RegExp(`^error: ${message}.*\nnext: `));
  });

  it.each(["up --data=", "up --think-ms=", "credentials keygen --out="])(
    "rejects an empty value: %s",
    async (line) => {
      const { exitCode, err } = await mio(line);
      expect(exitCode).toBe(2);
      expect(err).toContain("argument '' is invalid");
    },
  );

  it("rejects a data folder that is a file, before anything starts", async () => {
    const { exitCode, err } = await mio("up --free-ports --data package.json");
    expect(exitCode).toBe(3);
    expect(err).toMatch(
      /^error: state cannot be kept in \S+package.json: it is not a folder\nnext: .*--memory/,
    );
  });

  it("rejects an unknown log level before it creates a folder", async () => {
    const { exitCode, err } = await mio("up --free-ports --data /nowhere/x", { MIO_LOG_LEVEL: "loud" });
    expect(exitCode).toBe(3);
    expect(err).toContain('MIO_LOG_LEVEL is "loud"');
  });

  it("prints an error as one object with --json", async () => {
    const { exitCode, out, err } = await mio("migrate --json");
    expect({ exitCode, err }).toEqual({ exitCode: 3, err: "" });
    expect(JSON.parse(out)).toEqual({
      ok: false,
      error: {
        code: "config.invalid",
        message: expect.stringContaining("MIO_POSTGRES_DSN"),
        next: expect.any(String),
      },
    });
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{}, "MIO_POSTGRES_DSN is not set"],
    [{ MIO_POSTGRES_DSN_FILE: "/nowhere/dsn" }, "/nowhere/dsn"],
    [{ MIO_POSTGRES_DSN: "postgres://a/b", MIO_POSTGRES_DSN_FILE: "/nowhere/dsn" }, "both set"],
    [{ MIO_POSTGRES_DSN: "hunter2" }, "expected postgres://user:password@host:5432/database"],
  ])("exits 3 for missing or wrong settings: %j", async (env, message) => {
    const { exitCode, err } = await mio("migrate", env);
    expect(exitCode).toBe(3);
    expect(err).toContain(message);
    expect(err).not.toContain("hunter2");
  });
});

describe("colours", () => {
  const paint = (env: NodeJS.ProcessEnv, isTTY: boolean): boolean => {
    const stream = { isTTY, write: () => true };
    const host = { argv: [], env, stdout: stream, stderr: stream };
    return createIo({ host, signal: AbortSignal.timeout(1000) }).paint.isColorSupported;
  };

  it("are used only on terminals that want them", () => {
    expect(paint({}, true)).toBe(true);
    expect(paint({}, false)).toBe(false);
    expect(paint({ NO_COLOR: "1" }, true)).toBe(false);
    expect(paint({ TERM: "dumb" }, true)).toBe(false);
  });
});

describe("doctor", () => {
  const servers: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  });

  it("lists every check, with the next step unless it is ok", async () => {
    const { out, exitCode } = await mio("doctor --json", { MIO_NATS_SERVER: "/nowhere/nats-server" });
    const { ok, findings }: { ok: boolean; findings: { name: string; state: string; next?: string }[] } =
      JSON.parse(out);
    expect({ ok, exitCode }).toEqual({ ok: false, exitCode: 3 });
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["node", "pnpm", "nats-server", "postgres", "write access"]),
    );
    const ports = findings.flatMap(({ name }) => (name.startsWith("port ") ? [name] : []));
    expect(ports).toEqual(Object.values(usualPorts).map(({ port }) => `port ${port}`));
    expect(findings).toContainEqual(expect.objectContaining({ name: "nats-server", state: "failed" }));
    for (const { state, next } of findings) expect(next === undefined).toBe(state === "ok");
  });

  it("does not fail for a port that is in use", async () => {
    const { createServer } = await import("node:net");
    const { examinePort } = await import("./doctor/port.ts");
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    servers.push(server);
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const finding = await examinePort({ name: "webhooks", port: address.port });
    expect(finding).toMatchObject({ state: "skipped", detail: "for webhooks: in use" });
  });
});
