import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Io } from "../io.ts";
import { type Finding, failed, ok } from "./finding.ts";

/** State, logs and downloaded programs are in the checkout; another user may own the folder of the state. */
export async function examineWriteAccess({ root }: Pick<Io, "root">): Promise<Finding> {
  for (const folder of [root, join(root, ".tools"), join(root, ".mio")]) {
    if (await isClosed(folder)) {
      return failed(
        "write access",
        `cannot write in ${folder}`,
        "change its owner, or clone Mio to your own folder",
      );
    }
  }
  return ok("write access", root);
}

/** A missing folder counts as open: Mio creates it. */
function isClosed(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );
}
