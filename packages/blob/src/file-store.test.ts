import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { blobStoreContract } from "./contract/index.ts";
import { openBlobStore } from "./open-blob-store.ts";

blobStoreContract({
  name: "file",
  async open() {
    const directory = await mkdtemp(join(tmpdir(), "mio-blob-"));
    const store = await openBlobStore(pathToFileURL(directory).href);
    return { ...store, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
  },
});
