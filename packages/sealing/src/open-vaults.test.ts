import { Secret } from "@mio/service-kit";
import { expect, it } from "vitest";
import { generateIdentityFile } from "./key-ring.ts";
import { openConfiguredKeyRing } from "./open-vaults.ts";

const identities = async () =>
  new Secret((await generateIdentityFile(new Date(0))) + (await generateIdentityFile(new Date(0))));

it("seals with the configured identity, or the last one by default", async () => {
  const MIO_AGE_KEY = await identities();
  const newest = await openConfiguredKeyRing({ MIO_AGE_KEY });
  const older = await openConfiguredKeyRing({ MIO_AGE_KEY, MIO_AGE_KEY_VERSION: 1 });
  expect([newest?.currentVersion, older?.currentVersion]).toEqual([2, 1]);
  const sealed = await older?.seal("secret");
  expect(sealed && (await newest?.isCurrent(sealed))).toBe(false);
  expect(sealed && (await newest?.open(sealed))).toBe("secret");
});

it("rejects a setting that names no identity", async () => {
  const opening = openConfiguredKeyRing({ MIO_AGE_KEY: await identities(), MIO_AGE_KEY_VERSION: 3 });
  await expect(opening).rejects.toMatchObject({ code: "config.invalid" });
});

it("returns no key ring without identities", async () => {
  expect(await openConfiguredKeyRing({ MIO_ENV: "prod", MIO_AGE_KEY_VERSION: 1 })).toBeUndefined();
});
