import type { Io } from "../io.ts";
import { usualPorts } from "../usual-ports.ts";
import type { Finding } from "./finding.ts";
import { examineNats } from "./nats.ts";
import { examineNode } from "./node.ts";
import { examinePnpm } from "./pnpm.ts";
import { examinePort } from "./port.ts";
import { examinePostgres } from "./postgres.ts";
import { examineWriteAccess } from "./write-access.ts";

/** Checks this machine, the servers of the environment and the accounts. */
export async function examine(io: Io): Promise<readonly Finding[]> {
  const { examineServers } = await import("./servers.ts");
  const { examineAccounts } = await import("./accounts.ts");
  const findings = await Promise.all([
    examineNode(process.version),
    examinePnpm(io),
    examineNats(io),
    examinePostgres(io),
    ...Object.values(usualPorts).map(examinePort),
    examineWriteAccess(io),
  ]);
  return [...findings, ...(await examineServers(io)), ...(await examineAccounts(io))];
}
