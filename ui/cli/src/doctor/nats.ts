import { join } from "node:path";
import { findOnPath, isExecutable, natsVersion } from "@mio/embedded";
import type { Io } from "../io.ts";
import { type Finding, failed, ok, skipped } from "./finding.ts";

/** Looks for a nats-server where Mio would find one, without fetching it. */
export async function examineNats({ root, env }: Pick<Io, "root" | "env">): Promise<Finding> {
  const named = env["MIO_NATS_SERVER"];
  if (named) return (await isExecutable(named)) ? ok("nats-server", named) : unusable(named);
  const kept = join(root, ".tools", `nats-server-${natsVersion}`);
  const [found] = await findOnPath("nats-server", env["PATH"]);
  if (found !== undefined) return ok("nats-server", found);
  if (await isExecutable(kept)) return ok("nats-server", kept);
  return skipped(
    "nats-server",
    "not here yet",
    `nothing to do: ${natsVersion} is fetched when it is first needed`,
  );
}

function unusable(path: string): Finding {
  return failed(
    "nats-server",
    `MIO_NATS_SERVER names ${path}, which cannot be run`,
    "correct or unset MIO_NATS_SERVER",
  );
}
