import type { BlobStore } from "../blob-store.ts";

export interface BlobDriver {
  readonly name: string;
  /** Opens an empty store for one test; disposing the store cleans up. */
  open(): Promise<BlobStore>;
}
