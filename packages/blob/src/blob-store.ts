/** What is kept about an object beside its bytes. */
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
  /** Keys are lower-case ASCII letters, digits and `_`, values any text: drivers encode what a backend cannot hold. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Objects are created, never replaced; spelt out so that the call says it. */
  readonly ifAbsent: true;
  /** Aborting leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
}

/** `exists`: another object holds the key and is untouched. */
export type PutResult = { readonly kind: "stored" } | { readonly kind: "exists" };

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Immutable objects under slash-separated keys.
 *
 * An object is there with all its bytes and metadata or not at all, whatever crashes. A put that
 * has resolved is durable. Every method throws `blob.bad_key` for a key that {@link assertBlobKey}
 * refuses and `blob.unavailable` (worth a retry) when the backend fails.
 */
export interface BlobStore extends AsyncDisposable {
  /**
   * Creates an object. Of several at once for one key exactly one is stored.
   *
   * The body is streamed; how much is in memory at a time does not depend on its size. It stays
   * unread when the key is taken from the start. An error of the body is thrown as it is.
   */
  put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions): Promise<PutResult>;
  /** Undefined when there is no such object. */
  stat(key: string, options?: WaitOptions): Promise<BlobStat | undefined>;
  /** The bytes; undefined when there is no such object. Leaving the loop early frees the source. */
  open(key: string, options?: WaitOptions): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Removing what is not there is fine. */
  remove(key: string, options?: WaitOptions): Promise<void>;
  /** Every object whose key begins with `prefix`, in key order. */
  list(prefix: string, options?: WaitOptions): AsyncIterable<BlobStat>;
  /** Where the object really is: `file://`, `gs://` or `s3://`. The object need not exist. */
  uri(key: string): string;
  /**
   * The key of exactly this URI; undefined for any text that {@link uri} of this store never gives, so that a URI from
   * outside leads nowhere else. Never throws.
   */
  keyOf(uri: string): string | undefined;
}
