import { join } from "node:path";
import { findOnPath, isExecutable, natsVersion } from "@mio/embedded";
import type { Io } from "../io.ts";
import { type Finding, failed, ok, skipped } from "./finding.ts";

/** Looks for a nats-server in the places where Mio looks; does not download one. */
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
    `nothing to do: Mio downloads ${natsVersion} when it first needs it`,
  );
}

function unusable(path: string): Finding {
  return failed(
    "nats-server",
    `MIO_NATS_SERVER is ${path}, which is not executable`,
    "correct or unset MIO_NATS_SERVER",
  );
}
