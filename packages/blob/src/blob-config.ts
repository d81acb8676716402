import { text, url } from "@mio/service-kit";
import type { z } from "zod";
import { assertBlobKey } from "./blob-key.ts";

/** The attachment store, to spread into the schema of a service that stores or sends attachments. */
export const blobConfig: {
  readonly MIO_BLOB_URL: z.ZodType<string>;
  readonly MIO_STORAGE_PREFIX: z.ZodDefault<z.ZodType<string>>;
} = {
  MIO_BLOB_URL: url(["file", "s3"]).describe(
    "Where attachments are kept: `file:///` and an absolute directory, or `s3://bucket/prefix`, with `?region=` and `?endpoint=` where needed.",
  ),
  MIO_STORAGE_PREFIX: text()
    .transform((prefix) => (prefix.endsWith("/") ? prefix : `${prefix}/`))
    .refine(isKeyPrefix, "expected the beginning of an object key, such as mio/attachments/")
    .default("mio/attachments/")
    .describe("Beginning of every object key."),
};

function isKeyPrefix(prefix: string): boolean {
  try {
    assertBlobKey(`${prefix}object`);
    return true;
  } catch {
    return false;
  }
}
