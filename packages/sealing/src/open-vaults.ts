import type { BaseConfig, Secret } from "@mio/service-kit";
import { createVaults, type OwnedVaults, type VaultsOptions } from "./create-vaults.ts";
import { type KeyRing, openKeyRing } from "./key-ring.ts";

/** The settings read by `sealingConfig` and `baseConfig`. */
export interface SealingSettings {
  readonly MIO_ENV?: BaseConfig["MIO_ENV"];
  readonly MIO_AGE_KEY?: Secret | undefined;
  readonly MIO_AGE_KEY_VERSION?: number | undefined;
}

/**
 * Opens the vaults as configured. Outside `dev` it logs one warning if processes share no credentials.
 *
 * @throws MioError `config.invalid` if the identities are invalid.
 */
export async function openVaults(
  settings: SealingSettings,
  options: Omit<VaultsOptions, "keyRing">,
): Promise<OwnedVaults> {
  const keyRing = await openConfiguredKeyRing(settings);
  if (keyRing === undefined && settings.MIO_ENV !== "dev") {
    options.logger.warn({ setting: "MIO_AGE_KEY_FILE" }, "credentials.not_shared");
  }
  return createVaults({ ...options, keyRing });
}

/** Undefined if no identities are configured. */
export async function openConfiguredKeyRing(settings: SealingSettings): Promise<KeyRing | undefined> {
  const { MIO_AGE_KEY: identities, MIO_AGE_KEY_VERSION: version } = settings;
  return identities === undefined ? undefined : openKeyRing(identities.reveal(), version);
}
