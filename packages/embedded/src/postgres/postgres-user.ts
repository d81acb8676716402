import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MioError } from "@mio/failure";
import { runTool } from "../process/run-tool.ts";
import type { PostgresPrograms } from "./postgres-programs.ts";

/** The user that Postgres runs as; Postgres refuses to run as root. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where root keeps files for an unprivileged user if the project folder is private. */
export const sharedDir = "/var/lib/mio";

/** Undefined for an ordinary user, who runs Postgres directly; for root the unprivileged user of the system. */
export async function choosePostgresUser(): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  const [, , uid, gid] =
    passwd
      .split("\n")
      // prose-allow: the name of the user
      .find((line) => line.startsWith("nobody:"))
      ?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new MioError(
      "embedded.postgres_failed",
      // prose-allow: the name of the user
      "Postgres refuses to run as root and there is no user nobody. Run as an ordinary user, or use --external.",
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** The same programs, copied to the shared folder if the user cannot reach the installation. */
export async function toReachablePrograms(
  programs: PostgresPrograms,
  user: PostgresUser | undefined,
): Promise<PostgresPrograms> {
  if (user === undefined || (await mayExecute(programs.postgres, user))) return programs;
  const root = join(dirname(programs.postgres), "..");
  const { mtimeMs, size } = await stat(programs.postgres);
  const key = createHash("sha256").update(`${root}:${mtimeMs}:${size}`).digest("hex").slice(0, 12);
  const copy = join(sharedDir, `postgres-${programs.major}-${key}`);
  if (!(await mayExecute(join(copy, "bin", "postgres"), user))) await copyAtomically(root, copy);
  return { ...programs, initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
}

async function copyAtomically(from: string, to: string): Promise<void> {
  await mkdir(sharedDir, { recursive: true, mode: 0o755 });
  const partial = await mkdtemp(join(sharedDir, ".copy-"));
  try {
    await chmod(partial, 0o755);
    for (const part of ["bin", "lib", "share"]) {
      await cp(join(from, part), join(partial, part), { recursive: true, verbatimSymlinks: true });
    }
    // Another process has made the same copy first.
    await rename(partial, to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Whether the user can reach and execute (or enter) the path. */
export async function mayExecute(path: string, user: PostgresUser): Promise<boolean> {
  return runTool("/bin/sh", ["-c", 'test -x "$1"', "sh", path], {
    timeoutMs: 10_000,
    cwd: "/",
    ...user,
  }).then(
    () => true,
    () => false,
  );
}
