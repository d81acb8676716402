// For users
export { blobConfig } from "./blob-config.ts";
export { assertBlobKey } from "./blob-key.ts";
export type { BlobStat, BlobStore, PutOptions, PutResult, WaitOptions } from "./blob-store.ts";
export { isHeldBy, noteHolder, type SharedObject } from "./holders.ts";
export { openBlobStore } from "./open-blob-store.ts";
// For sister packages
export { unlessAborted, untilAborted } from "./until-aborted.ts";
