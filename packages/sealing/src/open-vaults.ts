import type { BaseConfig, Secret } from "@mio/service-kit";
import { createVaults, type OwnedVaults, type VaultsOptions } from "./create-vaults.ts";
import { type KeyRing, openKeyRing } from "./key-ring.ts";

/** What `sealingConfig` and `baseConfig` read. */
export interface SealingSettings {
  readonly MIO_ENV?: BaseConfig["MIO_ENV"];
  readonly MIO_AGE_KEY?: Secret | undefined;
  readonly MIO_AGE_KEY_VERSION?: number | undefined;
}

/**
 * Vaults as the settings want them; outside development one warning when nothing is shared between processes.
 *
 * @throws MioError `config.invalid` when the identities cannot be used.
 */
export async function openVaults(
  settings: SealingSettings,
  options: Omit<VaultsOptions, "keyRing">,
): Promise<OwnedVaults> {
  const keyRing = await openConfiguredKeyRing(settings);
  if (keyRing === undefined && settings.MIO_ENV !== "dev")
    options.logger.warn({ setting: "MIO_AGE_KEY_FILE" }, "credentials.not_shared");
  return createVaults({ ...options, keyRing });
}

/** Undefined when no identities are set. */
export async function openConfiguredKeyRing(settings: SealingSettings): Promise<KeyRing | undefined> {
  const { MIO_AGE_KEY: identities, MIO_AGE_KEY_VERSION: version } = settings;
  return identities === undefined ? undefined : openKeyRing(identities.reveal(), version);
}
