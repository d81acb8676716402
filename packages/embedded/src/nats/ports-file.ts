import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes the files of a killed server; a file found later belongs to the new server. */
export async function removePortsFiles(dir: string): Promise<void> {
  await Promise.all((await findPortsFiles(dir)).map((file) => rm(file, { force: true })));
}

/** The port on which the server of this folder listens; undefined before it listens. */
export async function readPort(dir: string): Promise<number | undefined> {
  const [file] = await findPortsFiles(dir);
  const text = file === undefined ? "" : await readFile(file, "utf8").catch(() => "");
  const port = /nats:\/\/[^"]*:(\d+)"/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** nats-server writes its addresses to `<program>_<pid>.ports` once it listens. */
async function findPortsFiles(dir: string): Promise<readonly string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith(".ports")).map((name) => join(dir, name));
}
