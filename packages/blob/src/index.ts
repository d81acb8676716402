// For users
export { assertBlobKey } from "./blob-key.ts";
export type { BlobStat, BlobStore, PutOptions, PutResult, WaitOptions } from "./blob-store.ts";
export { openBlobStore } from "./open-blob-store.ts";
// For sister packages
export { untilAborted } from "./until-aborted.ts";
