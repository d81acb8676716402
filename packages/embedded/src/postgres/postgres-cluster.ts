import { randomBytes } from "node:crypto";
import { access, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MioError } from "@mio/failure";
import { runTool } from "../process/run-tool.ts";
import type { PostgresPrograms } from "./postgres-programs.ts";
import type { PostgresUser } from "./postgres-user.ts";

/** The role and the database of an embedded server. */
export const postgresRole = "mio";

export interface Cluster {
  /** Folder of the database files. */
  readonly dir: string;
  /** File that keeps the role's password, readable by the owner only. */
  readonly passwordFile: string;
  readonly programs: PostgresPrograms;
  readonly user: PostgresUser | undefined;
}

/**
 * Makes the database files when there are none and returns the role's password.
 *
 * @throws MioError `embedded.postgres_version` when the files belong to another major version.
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

/** Files kept elsewhere, whose home (with the password) was removed in order to begin anew. */
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
    `${passwordFile}, which belongs to ${dir}, is missing. Restore it, or remove the whole directory to begin anew.`,
  );
}

async function initCluster(cluster: Cluster): Promise<string> {
  const { programs, user, dir } = cluster;
  const password = randomBytes(24).toString("base64url");
  await writeFile(cluster.passwordFile, `${password}\n`, { mode: 0o600 });
  // initdb reads the password from a file of its own user, so that it shows in no command line.
  const handOver = join(tmpdir(), `mio-pw-${randomBytes(8).toString("hex")}`);
  // Made beside its place and then moved, so that an interrupted start leaves no half database.
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
