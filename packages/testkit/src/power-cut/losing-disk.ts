import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * A file system in memory that forgets, like a disk at a power cut, what was written and not synced. Disposing unmounts it.
 *
 * A cut returns each file to its last fsync, or to nothing. Writes with O_SYNC are safe at once. Names, renames and
 * removals survive even without an fsync of their folder, so a program that forgets only that is not caught. Writes are
 * not torn, and blocks are not reordered.
 */
export interface LosingDisk extends AsyncDisposable {
  /** Makes everything written so far survive, as the kernel does after a while. */
  flush(): Promise<void>;
  /** Drops every write since the last sync of its file. No process may have a file open. */
  cut(): Promise<void>;
}

export type LosingDiskOutcome =
  | { readonly kind: "mounted"; readonly disk: LosingDisk }
  /** Needs Linux with FUSE, and root. */
  | { readonly kind: "refused"; readonly why: string };

/** Mounts one on an existing, empty folder. */
export async function losingDisk(dir: string): Promise<LosingDiskOutcome> {
  try {
    await using fuse = await open("/dev/fuse", "r+");
    await mount(fuse, dir);
    return { kind: "mounted", disk: toDisk(serve(fuse, dir), dir) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "refused", why: `a FUSE file system cannot be mounted here: ${reason.trim()}` };
  }
}

async function mount(fuse: FileHandle, dir: string): Promise<void> {
  const options = "fd=3,rootmode=40000,user_id=0,group_id=0,allow_other";
  // Without --internal-only it would look for a helper that Debian does not install.
  const child = spawn("mount", ["--internal-only", "-t", "fuse", "-o", options, "mio-test", dir], {
    stdio: ["ignore", "ignore", "pipe", fuse.fd],
  });
  const words: Buffer[] = [];
  child.stderr?.on("data", (chunk: Buffer) => words.push(chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(Buffer.concat(words).toString("utf8"));
}

function serve(fuse: FileHandle, dir: string): ChildProcess {
  return spawn(process.execPath, ["--conditions=@mio/source", `${import.meta.dirname}/main.ts`, dir], {
    stdio: ["ignore", "inherit", "inherit", fuse.fd, "ipc"],
  });
}

function toDisk(server: ChildProcess, dir: string): LosingDisk {
  const order = async (what: "flush" | "cut"): Promise<void> => {
    server.send(what);
    await once(server, "message");
  };
  return {
    flush: () => order("flush"),
    cut: () => order("cut"),
    [Symbol.asyncDispose]: async () => {
      const exited = once(server, "exit");
      // Lazily, because a process that has just ended may still have a file open.
      await run("umount", ["--lazy", dir]);
      await exited;
    },
  };
}
