export type { BlobDriver } from "./blob-driver.ts";
export { blobStoreContract } from "./blob-store-contract.ts";
