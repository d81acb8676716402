import { listCredentials, readCredentials, setCredentials } from "@mio/store";
import { expect, test } from "vitest";
import {
  generateIdentityFile,
  openCredentials,
  openKeyRing,
  resealAll,
  sealCredentials,
} from "../src/index.ts";
import { sealingFixture, secret } from "./support.ts";

test("reseals everything with the newest key, which is then the only one needed", async () => {
  await using fixture = await sealingFixture();
  const { store } = fixture;
  const [oldFile, newFile] = [await generateIdentityFile(new Date()), await generateIdentityFile(new Date())];
  const [old, both, only] = await Promise.all([
    openKeyRing(oldFile),
    openKeyRing(oldFile + newFile),
    openKeyRing(newFile, 2),
  ]);
  const owners = await Promise.all([1, 2, 3].map(() => fixture.addAccount()));
  for (const [index, owner] of owners.entries()) {
    const sealed = await sealCredentials(old, owner, { ...secret(`token ${index}`), authKind: "bot_token" });
    await setCredentials(store.pool, owner.id, sealed);
  }
  const before = await listCredentials(store.pool);
  const stranger = await fixture.addAccount();
  const [first] = before;
  if (first !== undefined) await setCredentials(store.pool, stranger.id, first);

  const ids = owners.map(({ id }) => id).sort();
  expect(await resealAll(store, both)).toEqual({
    resealed: ids,
    unchanged: 0,
    changed: [],
    unreadable: [stranger.id],
  });
  expect(await resealAll(store, both)).toMatchObject({ resealed: [], unchanged: 3 });
  for (const [index, owner] of owners.entries()) {
    const row = await readCredentials(store.pool, owner.id);
    if (row === undefined) throw new Error("the row is gone");
    expect(row).toMatchObject({ keyVersion: 2, authKind: "bot_token" });
    expect(row.version).toBe(before.find(({ accountId }) => accountId === owner.id)?.version);
    expect(await openCredentials(only, owner, row)).toMatchObject(secret(`token ${index}`));
    await expect(openCredentials(old, owner, row)).rejects.toMatchObject({ code: "credentials.unreadable" });
  }
});

test("does not mistake a renumbered key for the current one", async () => {
  await using fixture = await sealingFixture();
  const { store } = fixture;
  const [oldFile, newFile] = [await generateIdentityFile(new Date()), await generateIdentityFile(new Date())];
  const owner = await fixture.addAccount();
  // Sealed with key 1 when that was the only one. The file has been renumbered since.
  const sealed = await sealCredentials(await openKeyRing(oldFile), owner, {
    ...secret("token"),
    authKind: "bot_token",
  });
  await setCredentials(store.pool, owner.id, sealed);
  const renumbered = await openKeyRing(newFile + oldFile, 1);
  expect(renumbered.currentVersion).toBe(sealed.keyVersion);
  expect(await resealAll(store, renumbered)).toMatchObject({ resealed: [owner.id], unchanged: 0 });
  const row = await readCredentials(store.pool, owner.id);
  if (row === undefined) throw new Error("the row is gone");
  expect(await openCredentials(await openKeyRing(newFile), owner, row)).toMatchObject(secret("token"));
});

test("updates the number of a current key", async () => {
  await using fixture = await sealingFixture();
  const { store } = fixture;
  const keyFile = await generateIdentityFile(new Date());
  const owner = await fixture.addAccount();
  const sealed = await sealCredentials(await openKeyRing(keyFile, 1), owner, {
    ...secret("token"),
    authKind: "bot_token",
  });
  await setCredentials(store.pool, owner.id, sealed);
  expect(await resealAll(store, await openKeyRing(keyFile, 2))).toMatchObject({ resealed: [owner.id] });
  expect(await readCredentials(store.pool, owner.id)).toMatchObject({ keyVersion: 2 });
});

test("keeps and reports credentials renewed during the run", async () => {
  await using fixture = await sealingFixture();
  const { store } = fixture;
  const [oldFile, newFile] = [await generateIdentityFile(new Date()), await generateIdentityFile(new Date())];
  const [old, both] = [await openKeyRing(oldFile), await openKeyRing(oldFile + newFile)];
  const owner = await fixture.addAccount();
  const set = async (value: string) =>
    setCredentials(
      store.pool,
      owner.id,
      await sealCredentials(old, owner, { ...secret(value), authKind: "oauth2" }),
    );
  await set("before");
  const racing = {
    ...both,
    seal: async (plaintext: string) => {
      await set("renewed");
      return both.seal(plaintext);
    },
  };
  expect(await resealAll(store, racing)).toMatchObject({ resealed: [], changed: [owner.id] });
  const row = await readCredentials(store.pool, owner.id);
  if (row === undefined) throw new Error("the row is gone");
  expect(await openCredentials(both, owner, row)).toMatchObject(secret("renewed"));
});
