import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureAccount, ensureTenant, markReauthRequired, migrate, openStore } from "@mio/store";
import { type TestDatabase, testDatabase } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createIo, run } from "../src/index.ts";

const tenantId = "018f3c9e-7b1a-7c3d-8e4f-000000000001";
const accountId = "018f3c9e-7b1a-7c3d-8e4f-000000000002";
const otherId = "018f3c9e-7b1a-7c3d-8e4f-000000000003";

let dir: string;
let database: TestDatabase;
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mio-credentials-"));
  stack.defer(() => rm(dir, { recursive: true }));
  database = stack.use(await testDatabase());
  await migrate({ dsn: database.dsn });
  await using store = await openStore({ dsn: database.dsn, maxConnections: 1, applicationName: "test" });
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  for (const id of [accountId, otherId])
    await ensureAccount(store.pool, {
      id,
      tenantId,
      channelType: "slack",
      externalId: id,
      displayName: "Test",
    });
  await markReauthRequired(store.pool, accountId, "invalid_auth");
});
afterAll(() => stack.disposeAsync());

interface Typed {
  readonly stdin?: string;
  readonly key?: string;
  readonly env?: NodeJS.ProcessEnv;
}

async function mio(line: string, { stdin = "", key, env = {} }: Typed = {}) {
  const written = { out: "", err: "" };
  const sink = (name: keyof typeof written) => ({
    isTTY: false,
    write: (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    },
  });
  const host = {
    argv: ["node", "main.ts", "credentials", ...line.split(" ")],
    env: {
      MIO_POSTGRES_DSN: database.dsn,
      ...(key === undefined ? {} : { MIO_AGE_KEY_FILE: join(dir, key) }),
      ...env,
    },
    stdin: (async function* () {
      yield stdin;
    })(),
    stdout: sink("out"),
    stderr: sink("err"),
  };
  const exitCode = await run(createIo({ host, signal: AbortSignal.timeout(60_000) }));
  return { exitCode, ...written };
}
const json = async (line: string, typed: Typed = {}) => JSON.parse((await mio(`${line} --json`, typed)).out);

describe("mio credentials", () => {
  it("generates a key, stores secrets and rotates the key, and never shows a secret", async () => {
    const made = await json(`keygen --out ${dir}/first.key`);
    expect(made).toEqual({
      ok: true,
      file: join(dir, "first.key"),
      publicKey: expect.stringMatching(/^age1/),
    });
    expect((await stat(made.file)).mode & 0o777).toBe(0o600);

    const secrets = { bot_token: "xoxb-hunter2", app_token: "xapp-hunter2" };
    const set = await mio(`set ${accountId} --expires-at 2030-01-31T12:00:00Z`, {
      stdin: JSON.stringify(secrets),
      key: "first.key",
    });
    expect(set).toMatchObject({
      exitCode: 0,
      out: `stored app_token, bot_token for account ${accountId}\n`,
      err: "",
    });
    const shown = await json(`show ${accountId}`, { key: "first.key" });
    expect(shown).toMatchObject({
      ok: true,
      account: { id: accountId, tenantId, channelType: "slack" },
      health: { state: "ok", reason: "" },
      credentials: {
        authKind: "bot_token",
        names: ["app_token", "bot_token"],
        expiresAt: "2030-01-31T12:00:00.000Z",
        keyVersion: 1,
      },
    });

    await writeFile(join(dir, "both.key"), await readFile(join(dir, "first.key")));
    expect(await json(`keygen --out ${dir}/both.key --append`)).toMatchObject({ ok: true });
    const rotated = await json("rotate", { key: "both.key" });
    expect(rotated).toEqual({
      ok: true,
      keyVersion: 2,
      resealed: [accountId],
      unchanged: 0,
      unreadable: [],
    });
    expect(await json("rotate", { key: "both.key" })).toMatchObject({ resealed: [], unchanged: 1 });
    const lost = await mio("rotate", { key: "first.key" });
    expect(lost).toMatchObject({ exitCode: 1, out: expect.stringContaining(`account ${accountId} cannot`) });

    const text = await mio(`show ${accountId}`, { key: "both.key" });
    expect(text.out).toMatch(/secrets +app_token, bot_token\n/);
    expect(text.out).toMatch(/key +2\n/);
    expect(JSON.stringify([set, shown, rotated, lost, text])).not.toContain("hunter2");
  });

  it("reads secrets from a file, and derives the kind from a refresh token", async () => {
    await mio(`keygen --out ${dir}/file.key`);
    await writeFile(join(dir, "secrets.json"), '{"refresh_token":"1000.hunter2"}');
    const stored = await json(`set ${otherId} --from ${dir}/secrets.json`, { key: "file.key" });
    expect(stored).toMatchObject({ accountId: otherId, authKind: "oauth2", names: ["refresh_token"] });
    const keyless = await json(`show ${otherId}`);
    expect(keyless).toMatchObject({ credentials: { names: null, authKind: "oauth2", expiresAt: null } });
  });

  it.each([
    ["", "not a JSON object of named secrets"],
    ["hunter2", "not a JSON object of named secrets"],
    ["{}", "not a JSON object of named secrets"],
    ['{"bot_token":{"hunter2":1}}', "not a JSON object of named secrets"],
    ['{"Bot Token":"hunter2"}', "not a JSON object of named secrets"],
  ])("refuses input that is not named secrets, without quoting it (%#)", async (stdin, message) => {
    await mio(`keygen --out ${dir}/refuse.key`);
    const { exitCode, err } = await mio(`set ${otherId}`, { stdin, key: "refuse.key" });
    expect(exitCode).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toContain("hunter2");
  });

  it("refuses a name that the account's channel does not have, and stores nothing", async () => {
    await mio(`keygen --out ${dir}/names.key`);
    await mio(`set ${accountId}`, { key: "names.key", stdin: '{"bot_token":"xoxb-before"}' });
    const before = await json(`show ${accountId}`, { key: "names.key" });
    const stdin = '{"bot_token":"xoxb-after","app_tokn":"xapp-hunter2"}';
    const { exitCode, err } = await mio(`set ${accountId}`, { key: "names.key", stdin });
    expect(exitCode).toBe(2);
    expect(err).toContain("slack has no secret named app_tokn");
    expect(err).toContain("use bot_token, app_token, refresh_token");
    expect(err).not.toContain("hunter2");
    expect(await json(`show ${accountId}`, { key: "names.key" })).toEqual(before);
  });

  it.each<[string, Typed, number, RegExp]>([
    [`set ${otherId}`, { stdin: '{"a":"b"}' }, 2, /MIO_AGE_KEY_FILE is not set/],
    ["rotate", {}, 2, /MIO_AGE_KEY_FILE is not set/],
    ["show nobody", {}, 2, /argument .account-id.*UUID/],
    ["show 018f3c9e-7b1a-7c3d-8e4f-00000000000f", {}, 1, /there is no account/],
    ["rotate", { key: "missing.key" }, 3, /MIO_AGE_KEY_FILE/],
    ["rotate", { env: { MIO_AGE_KEY: "hunter2" } }, 3, /not an age identity/],
    ["rotate", { env: { MIO_POSTGRES_DSN: "" } }, 3, /MIO_POSTGRES_DSN is not set/],
    [
      "rotate",
      { env: { MIO_POSTGRES_DSN: "postgres://127.0.0.1:1/x" }, key: "any.key" },
      1,
      /Postgres does not/,
    ],
    [
      `set ${otherId} --from /nowhere/secrets`,
      { env: { MIO_POSTGRES_DSN: "" } },
      3,
      /secrets cannot be read/,
    ],
    [`set ${otherId} --expires-at tomorrow`, {}, 2, /--expires-at takes a time/],
    ["keygen", {}, 2, /--out/],
    ["keygen --out /nowhere/at/all.key", {}, 3, /cannot be read or written/],
  ])("reports the problem and its exit code: %s", async (line, typed, exitCode, message) => {
    await mio(`keygen --out ${dir}/any.key`);
    const ran = await mio(line, typed);
    expect(ran).toMatchObject({ exitCode, err: expect.stringMatching(message) });
    expect(ran.err).toMatch(/^next: ./m);
    expect(ran.err).not.toContain("hunter2");
  });

  it("overwrites no file, and appends only to a file of identities", async () => {
    const path = join(dir, "precious.key");
    await mio(`keygen --out ${path}`);
    const before = await readFile(path, "utf8");
    expect(await mio(`keygen --out ${path}`)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining("exists"),
    });
    expect(await readFile(path, "utf8")).toBe(before);
    await writeFile(path, "a letter\n");
    await chmod(path, 0o600);
    expect(await mio(`keygen --out ${path} --append`)).toMatchObject({
      exitCode: 3,
      err: expect.stringContaining(`${path} is not a file of age identities`),
    });
    expect(await readFile(path, "utf8")).toBe("a letter\n");
  });
});
