import { randomBytes } from "node:crypto";
import { access, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MioError } from "@mio/failure";
import { runTool } from "../process/run-tool.ts";
import type { PostgresPrograms } from "./postgres-programs.ts";
import type { PostgresUser } from "./postgres-user.ts";

/** The role and database of an embedded server. */
export const postgresRole = "mio";

export interface Cluster {
  /** Folder of the database files. */
  readonly dir: string;
  /** File with the role's password, readable by its owner only. */
  readonly passwordFile: string;
  readonly programs: PostgresPrograms;
  readonly user: PostgresUser | undefined;
}

/**
 * Creates the database files if there are none. Returns the role's password.
 *
 * @throws MioError `embedded.postgres_version` if the files belong to another major version.
 */
export async function prepareCluster(cluster: Cluster): Promise<string> {
  const made = await readFile(join(cluster.dir, "PG_VERSION"), "utf8").catch(() => undefined);
  if (made === undefined || (await isAbandoned(cluster))) return initCluster(cluster);
  const major = Number.parseInt(made, 10);
  if (major !== cluster.programs.major) {
    throw new MioError(
      "embedded.postgres_version",
      `${cluster.dir} was made by Postgres ${major}, but Postgres ${cluster.programs.major} was found. Set MIO_POSTGRES_BIN to version ${major}, or choose another directory.`,
      { details: { have: major, found: cluster.programs.major } },
    );
  }
  return readPassword(cluster);
}

/** Database files outside their home, whose home (with the password) was removed to start over. */
async function isAbandoned({ dir, passwordFile }: Cluster): Promise<boolean> {
  if (dirname(dir) === dirname(passwordFile)) return false;
  return access(passwordFile).then(
    () => false,
    () => true,
  );
}

async function readPassword({ dir, passwordFile }: Cluster): Promise<string> {
  const password = await readFile(passwordFile, "utf8").catch(() => undefined);
  if (password !== undefined) return password.trim();
  throw new MioError(
    "embedded.postgres_failed",
    `${passwordFile}, which belongs to ${dir}, is missing. Restore it, or remove the whole directory to start over.`,
  );
}

async function initCluster(cluster: Cluster): Promise<string> {
  const { programs, user, dir } = cluster;
  const password = randomBytes(24).toString("base64url");
  await writeFile(cluster.passwordFile, `${password}\n`, { mode: 0o600 });
  // initdb reads the password from a file that its own user can read, so that no command line shows it.
  const handOver = join(tmpdir(), `mio-pw-${randomBytes(8).toString("hex")}`);
  // Created next to its final place and renamed, so that an interrupted start leaves no partial database.
  const partial = `${dir}-new`;
  try {
    await writeFile(handOver, `${password}\n`, { mode: 0o600, flag: "wx" });
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o700 });
    if (user !== undefined) {
      await chown(handOver, user.uid, user.gid);
      await chown(partial, user.uid, user.gid);
    }
    await runTool(programs.initdb, toInitArgs(partial, handOver), {
      timeoutMs: 120_000,
      cwd: "/",
      env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" },
      ...user,
    });
    await rm(dir, { recursive: true, force: true });
    await rename(partial, dir);
    return password;
  } catch (error) {
    throw toInitFailure(dir, error);
  } finally {
    await rm(handOver, { force: true });
  }
}

function toInitArgs(dir: string, passwordFile: string): string[] {
  return [
    `--pgdata=${dir}`,
    `--username=${postgresRole}`,
    `--pwfile=${passwordFile}`,
    "--auth-host=scram-sha-256",
    "--auth-local=scram-sha-256",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
  ];
}

function toInitFailure(dir: string, cause: unknown): MioError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MioError("embedded.postgres_failed", `initdb failed in ${dir}: ${reason}`, { cause });
}
