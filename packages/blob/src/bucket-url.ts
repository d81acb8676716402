import { MioError } from "@mio/failure";
import { assertBlobKey } from "./blob-key.ts";

/** Where the objects of a store are: a bucket and the beginning of every key in it. */
export interface Bucket {
  /** With its slashes: `s3://`. */
  readonly scheme: string;
  readonly name: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
}

export interface BucketUrl {
  readonly bucket: Bucket;
  /** The query, which has only the names that the driver allows. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Reads `scheme://bucket/prefix?setting=value`.
 *
 * @throws MioError `blob.unsupported_url` for any other part, and for a setting with another name. The message quotes
 * nothing of the URL.
 */
export function parseBucketUrl(url: URL, settingNames: readonly string[]): BucketUrl {
  const scheme = `${url.protocol}//`;
  const settings = Object.fromEntries(url.searchParams);
  const hasOther = url.username !== "" || url.password !== "" || url.port !== "" || url.hash !== "";
  const isUnknown = Object.keys(settings).some((name) => !settingNames.includes(name));
  const prefix = toPrefix(url.pathname);
  if (url.hostname === "" || hasOther || isUnknown || prefix === undefined) {
    throw new MioError(
      "blob.unsupported_url",
      `The blob URL is not supported; use ${scheme}bucket/prefix with no settings but ${settingNames.join(", ")}, and no credentials.`,
      { details: { scheme: url.protocol } },
    );
  }
  return { bucket: { scheme, name: url.hostname, prefix }, settings };
}

function toPrefix(pathname: string): string | undefined {
  const path = pathname.replace(/^\//, "").replace(/\/$/, "");
  if (path === "") return "";
  try {
    const prefix = decodeURIComponent(path);
    assertBlobKey(prefix);
    return `${prefix}/`;
  } catch {
    return undefined;
  }
}

/**
 * The name of an object in its bucket.
 *
 * @throws MioError `blob.bad_key`
 */
export function toObjectName({ prefix }: Bucket, key: string): string {
  assertBlobKey(key);
  const name = `${prefix}${key}`;
  assertBlobKey(name);
  return name;
}

/** Undefined for an object that the store did not create, such as the marker of a folder. */
export function toKey(bucket: Bucket, objectName: string): string | undefined {
  if (!objectName.startsWith(bucket.prefix)) return undefined;
  const key = objectName.slice(bucket.prefix.length);
  try {
    toObjectName(bucket, key);
    return key;
  } catch {
    return undefined;
  }
}

/** Escapes only what would end a path, so that an ordinary URI works with the tools of the backend. */
export function toObjectUri(bucket: Bucket, key: string): string {
  const path = encodeURIComponent(toObjectName(bucket, key)).replaceAll(
    /%(?:2F|3D|3A|40|2C|2B)/g,
    decodeURIComponent,
  );
  return `${bucket.scheme}${bucket.name}/${path}`;
}

/** Accepts only the spelling that {@link toObjectUri} returns. */
export function toKeyOfUri(bucket: Bucket, uri: string): string | undefined {
  const base = `${bucket.scheme}${bucket.name}/`;
  if (!uri.startsWith(base)) return undefined;
  try {
    const key = toKey(bucket, decodeURIComponent(uri.slice(base.length)));
    return key !== undefined && toObjectUri(bucket, key) === uri ? key : undefined;
  } catch {
    return undefined;
  }
}
