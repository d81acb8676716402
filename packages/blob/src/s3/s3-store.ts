import type { BlobStore } from "../blob-store.ts";
import { parseBucketUrl, toKeyOfUri, toObjectUri } from "../bucket-url.ts";
import { createS3Client, type S3Bucket } from "./s3-bucket.ts";
import { putObject } from "./s3-put.ts";
import { checkBucket, listObjects, openObject, removeObject, statObject } from "./s3-read.ts";

/** A part of 8 MiB needs 140 kB/s. */
const requestMs = 60_000;

/**
 * Opens `s3://bucket/prefix?endpoint=https://host&region=name`.
 *
 * @throws MioError `blob.unsupported_url`, or `blob.unavailable` if the bucket does not exist or the credentials are wrong
 */
export async function openS3Store(
  url: URL,
  limits: { readonly requestMs: number } = { requestMs },
): Promise<BlobStore> {
  const { bucket, settings } = parseBucketUrl(url, ["endpoint", "region"]);
  const client = createS3Client(settings);
  const s3: S3Bucket = { ...bucket, ...limits, client };
  try {
    await checkBucket(s3);
  } catch (error) {
    client.destroy();
    throw error;
  }
  return {
    put: (key, body, options) => putObject(s3, key, { body, ...options }),
    stat: (key, options) => statObject(s3, key, options),
    open: (key, options) => openObject(s3, key, options),
    remove: (key, options) => removeObject(s3, key, options),
    list: (prefix, options) => listObjects(s3, prefix, options),
    uri: (key) => toObjectUri(bucket, key),
    keyOf: (uri) => toKeyOfUri(bucket, uri),
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
}
