import { findPostgres } from "@mio/embedded";
import type { Io } from "../io.ts";
import { type Finding, failed, ok } from "./finding.ts";

/** Looks for the Postgres binaries of the embedded mode. */
export async function examinePostgres({ env }: Pick<Io, "env">): Promise<Finding> {
  try {
    const { major, postgres } = await findPostgres({ ...env });
    return ok("postgres", `${major} at ${postgres}`);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return failed("postgres", detail, "run ./mio with a network once, or set MIO_POSTGRES_BIN");
  }
}
