import type { BlobStat, BlobStore, WaitOptions } from "./blob-store.ts";

/** The metadata key of the owning tenant. */
const tenantKey = "tenant_id";

/** An object named by its content, so that several tenants may own it. */
export interface SharedObject {
  readonly stat: Pick<BlobStat, "key" | "metadata">;
  /** Prefix of the keys of such objects, with a trailing slash. */
  readonly prefix: string;
  readonly tenantId: string;
}

/**
 * Records that a further tenant stored an existing object. The metadata names the first tenant and cannot change, so
 * each further one gets an empty object beside it: `{prefix}also_of={tenant}/{rest of the key}`.
 */
export async function noteHolder(
  store: Pick<BlobStore, "put">,
  object: SharedObject,
  { signal }: WaitOptions = {},
): Promise<void> {
  const { stat, tenantId } = object;
  if (ownerOf(stat) === undefined || ownerOf(stat) === tenantId) return;
  const metadata = { [tenantKey]: tenantId, object_key: stat.key };
  const options = { contentType: "application/octet-stream", metadata, ifAbsent: true, signal } as const;
  await store.put(noteKey(object), new Uint8Array(), options);
}

/** Whether a tenant has stored this object. An object without a tenant belongs to every tenant. */
export async function isHeldBy(
  store: Pick<BlobStore, "stat">,
  object: SharedObject,
  options?: WaitOptions,
): Promise<boolean> {
  const owner = ownerOf(object.stat);
  if (owner === undefined || owner === object.tenantId) return true;
  return (await store.stat(noteKey(object), options)) !== undefined;
}

function ownerOf({ metadata }: SharedObject["stat"]): string | undefined {
  return metadata[tenantKey] || undefined;
}

function noteKey({ stat, prefix, tenantId }: SharedObject): string {
  return `${prefix}also_of=${tenantId}/${stat.key.slice(prefix.length)}`;
}
