import { S3Client } from "@aws-sdk/client-s3";
import type { Bucket } from "../bucket-url.ts";
import { unlessAborted } from "../until-aborted.ts";
import { toBlobError } from "./s3-error.ts";

export interface S3Bucket extends Bucket {
  readonly client: S3Client;
  /** Limit of each request, with its repetitions by the SDK. */
  readonly requestMs: number;
}

export interface S3Settings {
  readonly endpoint?: string;
  readonly region?: string;
}

/** Credentials, and a region that the settings lack, come from the SDK's chain. */
export function createS3Client({ endpoint, region }: S3Settings): S3Client {
  return new S3Client({
    ...(region !== undefined && { region }),
    // A server other than AWS has no host name per bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    maxAttempts: 3,
  });
}

export interface RequestOptions<E> {
  readonly bucket: S3Bucket;
  readonly signal?: AbortSignal | undefined;
  /** What to return for an error of the SDK; by default a MioError is thrown. */
  readonly orElse?: (error: unknown) => E | Promise<E>;
}

/**
 * Makes one request, which ends with the caller's signal or our deadline.
 *
 * @throws the signal's reason, or a MioError
 */
export async function request<T, E = never>(
  { bucket, signal, orElse }: RequestOptions<E>,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T | E> {
  const deadline = new AbortController();
  // Not AbortSignal.timeout: the signal must not end a response that the caller still reads.
  const timer = setTimeout(
    () => deadline.abort(new DOMException("Too slow", "TimeoutError")),
    bucket.requestMs,
  );
  const either = signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]);
  try {
    either.throwIfAborted();
    // The SDK looks for credentials without regard to the signal.
    return await unlessAborted(send(either), either);
  } catch (error) {
    signal?.throwIfAborted();
    if (orElse !== undefined) return await orElse(error);
    throw toBlobError(error);
  } finally {
    clearTimeout(timer);
  }
}
