import { randomUUID } from "node:crypto";
import type { Credentials, NewCredentials } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { AuthKind, SealedCredentials } from "@mio/store";
import { z } from "zod";
import type { KeyRing } from "./key-ring.ts";

/** The owner of credentials; they open for no other account. */
export interface Owner {
  readonly id: string;
  readonly tenantId: string;
}

/** The sealed content. It includes the owner, so that a row copied to another account does not open there. */
const content = z.object({
  tenant_id: z.string(),
  account_id: z.string(),
  secrets: z.record(z.string(), z.string()),
  expires_at: z.iso.datetime().nullable(),
});

/** Seals credentials for their owner, with a new version. */
export async function sealCredentials(
  keyRing: KeyRing,
  owner: Owner,
  credentials: NewCredentials & { readonly authKind: AuthKind },
): Promise<SealedCredentials> {
  const { authKind, secrets, expiresAt } = credentials;
  const plaintext: z.input<typeof content> = {
    tenant_id: owner.tenantId,
    account_id: owner.id,
    secrets: { ...secrets },
    expires_at: expiresAt?.toISOString() ?? null,
  };
  return {
    authKind,
    ciphertext: await keyRing.seal(JSON.stringify(plaintext)),
    keyVersion: keyRing.currentVersion,
    expiresAt,
    version: randomUUID(),
  };
}

/** @throws MioError `credentials.unreadable` if no key fits or they belong to another account. */
export async function openCredentials(
  keyRing: KeyRing,
  owner: Owner,
  sealed: Pick<SealedCredentials, "ciphertext" | "keyVersion" | "version">,
): Promise<Credentials> {
  const details = { account_id: owner.id, key_version: sealed.keyVersion };
  const plaintext = await keyRing.open(sealed.ciphertext);
  if (plaintext === undefined) throw unreadable("No age identity opens the account's credentials.", details);
  const parsed = content.safeParse(parseJson(plaintext));
  if (!parsed.success) throw unreadable("The account's credentials have an unknown form.", details);
  const { tenant_id, account_id, secrets, expires_at } = parsed.data;
  if (tenant_id !== owner.tenantId || account_id !== owner.id) {
    throw unreadable("The account's credentials were sealed for another account.", details);
  }
  const expiresAt = expires_at === null ? undefined : new Date(expires_at);
  return { version: sealed.version, secrets, expiresAt };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(message: string, details: Readonly<Record<string, string | number>>): MioError {
  return new MioError("credentials.unreadable", message, { details });
}
