import { hostname } from "node:os";
import { loadConfig } from "@mio/service-kit";
import { openStore, recordRedrive, type Store, storeConfig } from "@mio/store";
import { z } from "zod";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";
import type { RecordRedrive } from "./redrive-letters.ts";

const settings = z.object({ MIO_POSTGRES_DSN: storeConfig.MIO_POSTGRES_DSN });

/** Records redrives of commands in Postgres. */
export interface RedriveRecords extends AsyncDisposable {
  /** Connects to Postgres on the first call. @throws CliError if no database is set */
  open(): Promise<RecordRedrive>;
}

export function createRedriveRecords({ env }: Pick<Io, "env">): RedriveRecords {
  let store: Store | undefined;
  const requestedBy = `${env["USER"] ?? env["LOGNAME"] ?? "unknown"}@${hostname()}`;
  return {
    async open() {
      store ??= await openStore({ dsn: toDsn(env), maxConnections: 1, applicationName: "mio-cli" });
      const { pool } = store;
      return (redrive) => recordRedrive(pool, { ...redrive, requestedBy });
    },
    async [Symbol.asyncDispose]() {
      await store?.[Symbol.asyncDispose]();
    },
  };
}

function toDsn(env: Io["env"]): string {
  if (env["MIO_POSTGRES_DSN"] || env["MIO_POSTGRES_DSN_FILE"])
    return loadConfig(settings, env).MIO_POSTGRES_DSN.reveal();
  throw new CliError("a redrive of a command needs a record in Postgres, and MIO_POSTGRES_DSN is not set", {
    exitCode: exitCodes.environment,
    next: "set MIO_POSTGRES_DSN to the database of the sender pools, or MIO_POSTGRES_DSN_FILE to a file that contains it",
  });
}
