import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import type { BlobStat, WaitOptions } from "../blob-store.ts";
import { toKey, toObjectName } from "../bucket-url.ts";
import { fromHeaderMetadata } from "../header-metadata.ts";
import { request, type S3Bucket } from "./s3-bucket.ts";
import { errorNameOf, statusOf, toBlobError } from "./s3-error.ts";

/** The metadata that names the put which wrote an object. */
export const putIdKey = "put_id";
/** Requests for metadata at a time, because a list of S3 has none. */
const parallelHeads = 16;

/** @throws MioError if the bucket does not exist, or the credentials may not list it. */
export async function checkBucket(bucket: S3Bucket, signal?: AbortSignal): Promise<void> {
  const command = new ListObjectsV2Command({ Bucket: bucket.name, Prefix: bucket.prefix, MaxKeys: 1 });
  await request({ bucket, signal }, (abortSignal) => bucket.client.send(command, { abortSignal }));
}

/** The metadata of an object as S3 has it. Undefined for a missing bucket too. */
export async function head(
  bucket: S3Bucket,
  name: string,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput | undefined> {
  const command = new HeadObjectCommand({ Bucket: bucket.name, Key: name });
  return await request({ bucket, signal, orElse: undefinedIfMissing }, (abortSignal) =>
    bucket.client.send(command, { abortSignal }),
  );
}

export async function statObject(
  bucket: S3Bucket,
  key: string,
  { signal }: WaitOptions = {},
): Promise<BlobStat | undefined> {
  const found = await head(bucket, toObjectName(bucket, key), signal);
  if (found === undefined) await checkBucket(bucket, signal);
  return found === undefined ? undefined : toStat(key, found);
}

function toStat(key: string, found: HeadObjectCommandOutput): BlobStat {
  const { [putIdKey]: _putId, ...metadata } = fromHeaderMetadata(found.Metadata ?? {});
  return {
    key,
    bytes: found.ContentLength ?? 0,
    contentType: found.ContentType ?? "application/octet-stream",
    metadata,
    storedAt: found.LastModified ?? new Date(0),
  };
}

export async function openObject(
  bucket: S3Bucket,
  key: string,
  { signal }: WaitOptions = {},
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const command = new GetObjectCommand({ Bucket: bucket.name, Key: toObjectName(bucket, key) });
  const found = await request({ bucket, signal, orElse: undefinedIfMissing }, (abortSignal) =>
    bucket.client.send(command, { abortSignal }),
  );
  if (found?.Body === undefined) return undefined;
  return bytesOf(bucket, found.Body.transformToWebStream(), signal);
}

/** Each wait for bytes has a deadline; the time that the reader takes does not count. */
async function* bytesOf(
  bucket: S3Bucket,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const step = await request({ bucket, signal }, () => reader.read());
      if (step.done) return;
      yield step.value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

export async function removeObject(
  bucket: S3Bucket,
  key: string,
  { signal }: WaitOptions = {},
): Promise<void> {
  const command = new DeleteObjectCommand({ Bucket: bucket.name, Key: toObjectName(bucket, key) });
  await request({ bucket, signal, orElse: undefinedIfMissing }, (abortSignal) =>
    bucket.client.send(command, { abortSignal }),
  );
}

export async function* listObjects(
  bucket: S3Bucket,
  prefix: string,
  { signal }: WaitOptions = {},
): AsyncGenerator<BlobStat, void, undefined> {
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket.name,
      Prefix: `${bucket.prefix}${prefix}`,
      ContinuationToken: token,
    });
    const page = await request({ bucket, signal }, (abortSignal) =>
      bucket.client.send(command, { abortSignal }),
    );
    const keys = (page.Contents ?? []).flatMap(({ Key }) => toKey(bucket, Key ?? "") ?? []);
    yield* statAll(bucket, keys, signal);
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

async function* statAll(
  bucket: S3Bucket,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<BlobStat, void, undefined> {
  for (let from = 0; from < keys.length; from += parallelHeads) {
    const some = keys.slice(from, from + parallelHeads);
    const stats = await Promise.all(some.map((key) => statObject(bucket, key, { signal })));
    yield* stats.filter((stat) => stat !== undefined);
  }
}

function undefinedIfMissing(error: unknown): undefined {
  const isMissing = ["NoSuchKey", "NotFound"].includes(errorNameOf(error)) && statusOf(error) === 404;
  if (!isMissing) throw toBlobError(error);
  return undefined;
}
