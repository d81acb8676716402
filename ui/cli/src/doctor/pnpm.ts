import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Io } from "../io.ts";
import { type Finding, failed, ok } from "./finding.ts";

/** Runs the pnpm that the launcher installs. */
export async function examinePnpm({ root, signal }: Pick<Io, "root" | "signal">): Promise<Finding> {
  const path = join(root, ".tools", "bin", "pnpm");
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { cwd: root, signal });
    return ok("pnpm", `${stdout.trim()} at ${path}`);
  } catch {
    return failed("pnpm", `${path} does not run`, "remove .tools and run ./mio again");
  }
}
