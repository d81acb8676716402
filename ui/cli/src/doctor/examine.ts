import type { Io } from "../io.ts";
import type { Finding } from "./finding.ts";
import { examineNats } from "./nats.ts";
import { examineNode } from "./node.ts";
import { examinePnpm } from "./pnpm.ts";
import { examinePort } from "./port.ts";
import { examinePostgres } from "./postgres.ts";
import { examineWriteAccess } from "./write-access.ts";

/** The ports that `mio up` takes unless it is told otherwise. */
const ports = [
  { name: "the workbench", port: 8070 },
  { name: "webhooks", port: 8080 },
  { name: "the Cliq simulator", port: 8090 },
  { name: "health and metrics", port: 9464 },
] as const;

/** Looks at everything Mio needs on this machine; changes nothing. */
export function examine(io: Io): Promise<readonly Finding[]> {
  return Promise.all([
    examineNode(process.version),
    examinePnpm(io),
    examineNats(io),
    examinePostgres(io),
    ...ports.map(examinePort),
    examineWriteAccess(io),
  ]);
}
