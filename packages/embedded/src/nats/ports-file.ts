import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes the files of a killed server; a file found later belongs to the new server. */
export async function removePortsFiles(dir: string): Promise<void> {
  await Promise.all((await findPortsFiles(dir)).map((file) => rm(file, { force: true })));
}

/** The ports on which a server listens. */
export interface NatsPorts {
  readonly port: number;
  /** Undefined without monitoring. */
  readonly monitorPort: number | undefined;
}

/** The ports on which the server of this folder listens; undefined before it listens. */
export async function readPorts(dir: string): Promise<NatsPorts | undefined> {
  const [file] = await findPortsFiles(dir);
  const text = file === undefined ? "" : await readFile(file, "utf8").catch(() => "");
  const port = toPort(/nats:\/\/[^"]*:(\d+)"/.exec(text));
  if (port === undefined) return undefined;
  return { port, monitorPort: toPort(/http:\/\/[^"]*:(\d+)"/.exec(text)) };
}

function toPort(found: RegExpExecArray | null): number | undefined {
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

/** nats-server writes its addresses to `<program>_<pid>.ports` once it listens. */
async function findPortsFiles(dir: string): Promise<readonly string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith(".ports")).map((name) => join(dir, name));
}
