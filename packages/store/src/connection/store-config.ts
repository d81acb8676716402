import { int, type Secret, secret } from "@mio/service-kit";
import type { z } from "zod";

/** The driver accepts a DSN without a host. */
function isConnectionString(text: string): boolean {
  return /^(postgres(ql)?|socket):/.test(text) && URL.canParse(text.replace("@/", "@localhost/"));
}

/** The Postgres settings of a service, to spread into its schema. */
export const storeConfig: {
  readonly MIO_POSTGRES_DSN: z.ZodType<Secret>;
  readonly MIO_PGX_MAX_CONNS: z.ZodDefault<z.ZodType<number>>;
} = {
  MIO_POSTGRES_DSN: secret()
    .refine((dsn) => isConnectionString(dsn.reveal()), {
      error: "expected postgres://user:password@host:5432/database",
    })
    .meta({ secret: true })
    .describe("Postgres connection string."),
  MIO_PGX_MAX_CONNS: int({ min: 3, max: 200 }).default(8).describe("Postgres connections of this process."),
};
