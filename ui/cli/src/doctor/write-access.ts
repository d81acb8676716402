import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Io } from "../io.ts";
import { type Finding, failed, ok } from "./finding.ts";

/** State, logs and fetched programs live in the checkout. */
export async function examineWriteAccess({ root }: Pick<Io, "root">): Promise<Finding> {
  try {
    await access(root, constants.W_OK);
    return ok("write access", root);
  } catch {
    return failed(
      "write access",
      `cannot write in ${root}`,
      "change its owner, or clone Mio to your own folder",
    );
  }
}
