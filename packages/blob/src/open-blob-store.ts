import { MioError } from "@mio/failure";
import type { BlobStore } from "./blob-store.ts";
import { openFileStore } from "./file-store.ts";

/**
 * Opens the store at a URL: `file:///absolute/directory`, created if missing, or `s3://bucket/prefix`, which must
 * exist. The SDK of a cloud is loaded only for its URL.
 *
 * @throws MioError `blob.unsupported_url` if no driver supports the URL, `blob.unavailable` if it cannot be opened.
 */
export async function openBlobStore(url: string): Promise<BlobStore> {
  const parsed = URL.parse(url);
  if (parsed?.protocol === "file:" && parsed.host === "") return await openFileStore(parsed);
  if (parsed?.protocol === "s3:") {
    const { openS3Store } = await import("./s3/s3-store.ts");
    return await openS3Store(parsed);
  }
  throw new MioError(
    "blob.unsupported_url",
    "The blob URL is not supported; use file:/// followed by an absolute directory, or s3:// and a bucket.",
    { details: { scheme: parsed?.protocol ?? "none" } },
  );
}
