import { MioError } from "@mio/failure";
import type { BlobStore } from "./blob-store.ts";
import { openFileStore } from "./file-store.ts";

/**
 * Opens the store at a URL. Supported: `file:///absolute/directory`, created if missing.
 *
 * @throws MioError `blob.unsupported_url` if no driver supports the URL, `blob.unavailable` if it cannot be opened.
 */
export async function openBlobStore(url: string): Promise<BlobStore> {
  const parsed = URL.parse(url);
  if (parsed?.protocol === "file:" && parsed.host === "") return openFileStore(parsed);
  throw new MioError(
    "blob.unsupported_url",
    "The blob URL is not supported; use file:/// followed by an absolute directory.",
    { details: { scheme: parsed?.protocol ?? "none" } },
  );
}
