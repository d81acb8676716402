export { type BlobDriver, blobStoreContract } from "./blob-store-contract.ts";
