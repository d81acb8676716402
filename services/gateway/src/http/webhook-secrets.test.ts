import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWebhookSecrets } from "./webhook-secrets.ts";

let dir: string;
let now: number;
const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
const names = ["cliq-webhook-secret", "zoho-cliq-webhook-secret"];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mio-secrets-"));
  now = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));
const put = (name: string, content: string) => writeFile(join(dir, name), content);

test("uses the first name with a file, trimmed; an empty file counts as missing", async () => {
  const secrets = createWebhookSecrets(dir, clock);
  expect(await secrets.live(names)).toEqual([]);
  now += 10_000;
  await put("zoho-cliq-webhook-secret", "second\n");
  await put("cliq-webhook-secret", " \n");
  expect(await secrets.live(names)).toEqual(["second"]);
  now += 10_000;
  await put("cliq-webhook-secret", "first\n");
  expect(await secrets.live(names)).toEqual(["first"]);
});

test("returns both secrets during a rotation", async () => {
  await put("cliq-webhook-secret", "old");
  await put("cliq-webhook-secret.next", "new");
  expect(await createWebhookSecrets(dir, clock).live(names)).toEqual(["old", "new"]);
});

test("reads an account's secrets from its own folder", async () => {
  await mkdir(join(dir, "acc-1"));
  await put("acc-1/cliq-webhook-secret", "own");
  const secrets = createWebhookSecrets(dir, clock);
  expect(await secrets.live(names, "acc-1")).toEqual(["own"]);
  expect(await secrets.live(names, "acc-2")).toEqual([]);
  expect(await secrets.live(names)).toEqual([]);
  expect(await secrets.exist(names)).toBe(true);
});

test("applies a changed file without a restart", async () => {
  await put("cliq-webhook-secret", "one");
  const secrets = createWebhookSecrets(dir, clock);
  expect(await secrets.live(names)).toEqual(["one"]);
  await put("cliq-webhook-secret", "two");
  now += 10_000;
  expect(await secrets.live(names)).toEqual(["two"]);
});

test("reports an unreadable secret as an error, not as missing", async () => {
  await mkdir(join(dir, "cliq-webhook-secret"));
  await chmod(join(dir, "cliq-webhook-secret"), 0o700);
  await expect(createWebhookSecrets(dir, clock).live(names)).rejects.toMatchObject({
    code: "gateway.secret_unreadable",
  });
});

test("retries an unreadable secret at the next event", async () => {
  await mkdir(join(dir, "cliq-webhook-secret"));
  const secrets = createWebhookSecrets(dir, clock);
  await expect(secrets.live(names)).rejects.toMatchObject({ code: "gateway.secret_unreadable" });
  await expect(secrets.exist(names)).rejects.toMatchObject({ code: "gateway.secret_unreadable" });
  await rm(join(dir, "cliq-webhook-secret"), { recursive: true });
  await put("cliq-webhook-secret", "readable");
  expect([await secrets.live(names), await secrets.exist(names)]).toEqual([["readable"], true]);
});

test("caches the search for secrets of any account", async () => {
  const secrets = createWebhookSecrets(dir, clock);
  expect(await secrets.exist(names)).toBe(false);
  await put("cliq-webhook-secret", "new");
  expect(await secrets.exist(names)).toBe(false);
  now += 2_000;
  expect(await secrets.exist(names)).toBe(true);
});
