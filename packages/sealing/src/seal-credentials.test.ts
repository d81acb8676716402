import { expect, it } from "vitest";
import { generateIdentityFile, openKeyRing } from "./key-ring.ts";
import { openCredentials, sealCredentials } from "./seal-credentials.ts";

const owner = { id: "a-1", tenantId: "t-1" };
const credentials = {
  secrets: { refresh_token: "hunter2", api_domain: "https://www.zohoapis.eu" },
  expiresAt: new Date("2030-01-01T00:00:00Z"),
  authKind: "oauth2",
} as const;
const ring = await openKeyRing(await generateIdentityFile(new Date(0)));

it.each([credentials, { ...credentials, expiresAt: undefined }])(
  "the owner opens sealed credentials (%#)",
  async (sealing) => {
    const sealed = await sealCredentials(ring, owner, sealing);
    const { secrets, expiresAt } = sealing;
    expect(sealed).toMatchObject({ authKind: "oauth2", keyVersion: 1, expiresAt });
    expect(await openCredentials(ring, owner, sealed)).toEqual({
      secrets,
      expiresAt,
      version: sealed.version,
    });
  },
);

it("every sealing has a new version", async () => {
  const [one, other] = [
    await sealCredentials(ring, owner, credentials),
    await sealCredentials(ring, owner, credentials),
  ];
  expect(one.version).not.toBe(other.version);
});

it.each([
  ["another account", { ...owner, id: "a-2" }],
  ["another tenant", { ...owner, tenantId: "t-2" }],
])("does not open for %s", async (_, stranger) => {
  const sealed = await sealCredentials(ring, owner, credentials);
  await expect(openCredentials(ring, stranger, sealed)).rejects.toMatchObject({
    code: "credentials.unreadable",
    message: expect.stringContaining("another account"),
  });
});

it.each(["hunter2", "{}", '{"access_token":"hunter2","expires_at":"0001-01-01T00:00:00Z"}'])(
  "rejects plaintext of another form without quoting it (%#)",
  async (plaintext) => {
    const sealed = { ciphertext: await ring.seal(plaintext), keyVersion: 1, version: "v" };
    const error: unknown = await openCredentials(ring, owner, sealed).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "credentials.unreadable", retry: "never" });
    expect(JSON.stringify([error, String(error)])).not.toContain("hunter2");
  },
);
