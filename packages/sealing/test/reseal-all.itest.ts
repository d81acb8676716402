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

test("everything is sealed anew with the newest key, which then suffices", async () => {
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
