// For services.
export { createVaults, type OwnedVaults, type Vaults, type VaultsOptions } from "./create-vaults.ts";
// For the command line.
export { generateIdentityFile, type KeyRing, openKeyRing } from "./key-ring.ts";
export { openConfiguredKeyRing, openVaults, type SealingSettings } from "./open-vaults.ts";
export { type Resealed, resealAll } from "./reseal-all.ts";
export { type Owner, openCredentials, sealCredentials } from "./seal-credentials.ts";
export { sealingConfig } from "./sealing-config.ts";
