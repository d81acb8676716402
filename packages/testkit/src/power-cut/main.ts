import { execFile } from "node:child_process";
import { read, writeSync } from "node:fs";
import { readRequest, requestBytes, toReply } from "./fuse-wire.ts";
import { createLosingFileSystem } from "./losing-file-system.ts";

/** The kernel's end of the file system. */
const fuse = 3;
const [, , dir = ""] = process.argv;
const fileSystem = createLosingFileSystem();
const buffer = Buffer.alloc(requestBytes);

function serve(): void {
  read(fuse, buffer, 0, buffer.length, null, (error, bytes) => {
    // Unmounted.
    if (error?.code === "ENODEV") return process.disconnect?.();
    if (error === null) answer(buffer.subarray(0, bytes));
    serve();
  });
}

function answer(bytes: Buffer): void {
  const request = readRequest(bytes);
  const content = fileSystem.answer(request);
  if (content === undefined) return;
  try {
    writeSync(fuse, toReply(request.unique, content));
  } catch {
    // The process that asked is gone.
  }
}

process.on("message", (order) => {
  if (order === "flush") fileSystem.flush();
  if (order === "cut") fileSystem.cut();
  process.send?.(order);
});
// Also after a test process that was killed.
process.on("disconnect", () => {
  execFile("umount", ["--lazy", dir], () => process.kill(process.pid, "SIGKILL"));
});
serve();
