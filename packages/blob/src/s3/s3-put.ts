import { randomUUID } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { PutOptions, PutResult } from "../blob-store.ts";
import { toObjectName } from "../bucket-url.ts";
import { fromHeaderMetadata, toHeaderMetadata } from "../header-metadata.ts";
import { toParts } from "../parts.ts";
import { untilAborted } from "../until-aborted.ts";
import { request, type S3Bucket } from "./s3-bucket.ts";
import { statusOf, toBlobError } from "./s3-error.ts";
import { head, putIdKey } from "./s3-read.ts";

/** S3 accepts parts from 5 MiB and 10,000 of them: objects up to 78 GiB. */
const partBytes = 8 * 1024 * 1024;

interface Put {
  readonly bucket: S3Bucket;
  readonly name: string;
  readonly putId: string;
  readonly signal: AbortSignal | undefined;
  readonly headers: { readonly ContentType: string; readonly Metadata: Record<string, string> };
}

/**
 * The last request alone creates the object, and only if the name is free. It is not aborted, so that its outcome is
 * known: an abort before it leaves nothing, and one during it comes too late.
 */
export async function putObject(
  bucket: S3Bucket,
  key: string,
  { body, ...options }: PutOptions & { readonly body: AsyncIterable<Uint8Array> | Uint8Array },
): Promise<PutResult> {
  const name = toObjectName(bucket, key);
  const { signal, contentType } = options;
  signal?.throwIfAborted();
  if ((await head(bucket, name, signal)) !== undefined) return { kind: "exists" };
  const putId = randomUUID();
  const metadata = toHeaderMetadata({ ...options.metadata, [putIdKey]: putId });
  const put: Put = { bucket, name, putId, signal, headers: { ContentType: contentType, Metadata: metadata } };
  if (body instanceof Uint8Array) return await putWhole(put, body);
  const parts = toParts(signal === undefined ? body : untilAborted(body, signal), partBytes);
  try {
    const first = await parts.next();
    const part = first.done === true ? Buffer.alloc(0) : first.value;
    return part.length < partBytes ? await putWhole(put, part) : await putInParts(put, part, parts);
  } finally {
    await parts.return();
  }
}

async function putWhole(put: Put, bytes: Uint8Array): Promise<PutResult> {
  const { bucket, name, signal, headers } = put;
  signal?.throwIfAborted();
  const command = new PutObjectCommand({
    Bucket: bucket.name,
    Key: name,
    Body: bytes,
    IfNoneMatch: "*",
    ...headers,
  });
  return await request(
    { bucket, orElse: (error) => whoStored(put, error) },
    async (abortSignal): Promise<PutResult> => {
      await bucket.client.send(command, { abortSignal });
      return { kind: "stored" };
    },
  );
}

async function putInParts(put: Put, first: Uint8Array, rest: AsyncIterable<Uint8Array>): Promise<PutResult> {
  const { bucket, name, signal, headers } = put;
  const create = new CreateMultipartUploadCommand({
    Bucket: bucket.name,
    Key: name,
    ...headers,
    ChecksumAlgorithm: "CRC32",
  });
  // Not aborted either: without the id of the upload nothing could remove it.
  const { UploadId: uploadId = "" } = await request({ bucket }, (abortSignal) =>
    bucket.client.send(create, { abortSignal }),
  );
  const upload = { ...put, uploadId };
  try {
    const parts = [await uploadPart(upload, 1, first)];
    for await (const part of rest) parts.push(await uploadPart(upload, parts.length + 1, part));
    signal?.throwIfAborted();
    const result = await complete(put, uploadId, parts);
    if (result.kind === "exists") await abandon(put, uploadId);
    return result;
  } catch (error) {
    await abandon(put, uploadId);
    throw error;
  }
}

async function uploadPart(
  { bucket, name, signal, uploadId }: Put & { readonly uploadId: string },
  partNumber: number,
  bytes: Uint8Array,
): Promise<CompletedPart> {
  const command = new UploadPartCommand({
    Bucket: bucket.name,
    Key: name,
    UploadId: uploadId,
    PartNumber: partNumber,
    Body: bytes,
    ChecksumAlgorithm: "CRC32",
  });
  const { ETag, ChecksumCRC32 } = await request({ bucket, signal }, (abortSignal) =>
    bucket.client.send(command, { abortSignal }),
  );
  return { ETag, ChecksumCRC32, PartNumber: partNumber };
}

async function complete(put: Put, uploadId: string, parts: readonly CompletedPart[]): Promise<PutResult> {
  const { bucket, name } = put;
  const command = new CompleteMultipartUploadCommand({
    Bucket: bucket.name,
    Key: name,
    UploadId: uploadId,
    IfNoneMatch: "*",
    MultipartUpload: { Parts: [...parts] },
  });
  return await request(
    { bucket, orElse: (error) => whoStored(put, error) },
    async (abortSignal): Promise<PutResult> => {
      await bucket.client.send(command, { abortSignal });
      return { kind: "stored" };
    },
  );
}

/**
 * A refused or unanswered write may be our own, repeated: then the object names our put. S3 answers 412 if the name is
 * taken, 409 if it is being taken, and 404 for an upload that is complete.
 */
async function whoStored({ bucket, name, putId }: Put, error: unknown): Promise<PutResult> {
  const found = await head(bucket, name, undefined);
  if (found === undefined) throw toBlobError(error);
  if (fromHeaderMetadata(found.Metadata ?? {})[putIdKey] === putId) return { kind: "stored" };
  if (![404, 409, 412].includes(statusOf(error) ?? 0)) throw toBlobError(error);
  return { kind: "exists" };
}

/** Removes uploaded parts. If this fails too, the bucket's rule for incomplete uploads removes them. */
async function abandon({ bucket, name }: Put, uploadId: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: bucket.name, Key: name, UploadId: uploadId });
  await request({ bucket, orElse: () => undefined }, async (abortSignal) => {
    await bucket.client.send(command, { abortSignal });
  });
}
