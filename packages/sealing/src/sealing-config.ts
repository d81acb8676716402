import { int, type Secret, secret } from "@mio/service-kit";
import type { z } from "zod";

/** The settings of a service that reads or renews credentials, to spread into its schema. */
export const sealingConfig: {
  readonly MIO_AGE_KEY: z.ZodOptional<z.ZodType<Secret>>;
  readonly MIO_AGE_KEY_VERSION: z.ZodOptional<z.ZodType<number>>;
} = {
  MIO_AGE_KEY: secret()
    .optional()
    .describe(
      "Age identities that open accounts' credentials, one per line, oldest first; the same in all processes.",
    ),
  MIO_AGE_KEY_VERSION: int({ min: 1, max: 1_000_000 })
    .optional()
    .describe(
      "Number of the identity that seals: its line among the identities; default the last. For a single identity, its number.",
    ),
};
