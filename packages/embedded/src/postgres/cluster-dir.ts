import { createHash } from "node:crypto";
import { access, chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mayExecute, type PostgresUser, sharedDir } from "./postgres-user.ts";

/**
 * Chooses the folder of the database files of `home`: inside it if the user can reach that, else below the shared
 * folder, under a name derived from `home`.
 */
export async function chooseClusterDir(home: string, user: PostgresUser | undefined): Promise<string> {
  await mkdir(home, { recursive: true });
  if (user === undefined) return join(home, "pgdata");
  await chmod(home, ((await stat(home)).mode & 0o7777) | 0o011);
  if (await mayExecute(home, user)) return join(home, "pgdata");
  await mkdir(sharedDir, { recursive: true, mode: 0o755 });
  await removeAbandoned();
  const key = createHash("sha256").update(home).digest("hex").slice(0, 12);
  const dir = join(sharedDir, `pgdata-${key}`);
  await writeFile(`${dir}${homeEnding}`, home);
  return dir;
}

/** A note beside shared database files with the path of their home. */
const homeEnding = ".home";

/** Removes the database files of temporary homes that no longer exist. */
async function removeAbandoned(): Promise<void> {
  const notes = (await readdir(sharedDir)).filter((name) => name.endsWith(homeEnding));
  for (const note of notes.map((name) => join(sharedDir, name))) {
    const home = await readFile(note, "utf8").catch(() => "");
    if (!home.startsWith(`${tmpdir()}/`) || (await exists(home))) continue;
    await rm(note.slice(0, -homeEnding.length), { recursive: true, force: true });
    await rm(note, { force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
