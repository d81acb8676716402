/** The metadata of an object. */
export interface BlobStat {
  readonly key: string;
  readonly bytes: number;
  readonly contentType: string;
  /** As given to {@link BlobStore.put}. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly storedAt: Date;
}

export interface PutOptions {
  readonly contentType: string;
  /**
   * Keys are lower-case ASCII letters, digits and `_`; values are any text. Drivers encode what their backend cannot
   * store.
   */
  readonly metadata: Readonly<Record<string, string>>;
  /** Objects are created, never replaced. Always true, so that each call states it. */
  readonly ifAbsent: true;
  /** An aborted put leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
}

/** `exists`: another object has the key and is unchanged. */
export type PutResult = { readonly kind: "stored" } | { readonly kind: "exists" };

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Immutable objects under slash-separated keys.
 *
 * An object exists with all its bytes and metadata or not at all, even after a crash. A put that has resolved is
 * durable. Every method throws `blob.bad_key` for a key that {@link assertBlobKey} rejects and `blob.unavailable`
 * (retryable) if the backend fails.
 */
export interface BlobStore extends AsyncDisposable {
  /**
   * Creates an object. Of several concurrent puts for one key exactly one is stored.
   *
   * The body is streamed in bounded memory. It is not read if the key already exists. An error of the body is
   * rethrown unchanged.
   */
  put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions): Promise<PutResult>;
  /** Undefined if the object does not exist. */
  stat(key: string, options?: WaitOptions): Promise<BlobStat | undefined>;
  /** The bytes; undefined if the object does not exist. Leaving the loop early closes the source. */
  open(key: string, options?: WaitOptions): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Removing a missing object is not an error. */
  remove(key: string, options?: WaitOptions): Promise<void>;
  /** Every object whose key begins with `prefix`, in key order. */
  list(prefix: string, options?: WaitOptions): AsyncIterable<BlobStat>;
  /** The backend location of the object: `file://`, `gs://` or `s3://`. The object need not exist. */
  uri(key: string): string;
  /**
   * The key of this exact URI. Undefined for any text that {@link uri} of this store does not return, so that a
   * foreign URI reaches nothing. Never throws.
   */
  keyOf(uri: string): string | undefined;
}
