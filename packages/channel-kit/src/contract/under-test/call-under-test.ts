import type { Attachment } from "@mio/proto";
import type { AccountAccess } from "../../access/credentials.ts";
import { createLocalVault } from "../../access/local-vault.ts";
import { DeliveryError } from "../../outbound/delivery-error.ts";
import type { CallContext, KeptFile } from "../../outbound/outbound.ts";

/** An account without credentials, or with the given fields. */
export function accountUnderTest(given: Partial<AccountAccess> = {}): AccountAccess {
  return {
    accountId: "0199-account",
    externalId: "workspace",
    attributes: {},
    vault: createLocalVault(),
    ...given,
  };
}

/** The first call of a command, without kept files, or with the given fields. */
export function callUnderTest(given: Partial<CallContext> = {}): CallContext {
  return {
    signal: new AbortController().signal,
    attempt: 1,
    alreadySent: [],
    targetExternalIds: [],
    openAttachment: nothingKept,
    ...given,
  };
}

function nothingKept(attachment: Attachment): Promise<KeptFile> {
  const message = `There is no kept file ${attachment.storageKey}.`;
  return Promise.reject(new DeliveryError({ kind: "permanent", reason: "invalid", message }));
}
