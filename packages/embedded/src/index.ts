export { minimumNatsVersion, natsVersion } from "./nats/nats-release.ts";
export { type ObtainNatsOptions, obtainNatsServer } from "./nats/obtain-nats-server.ts";
export { type NatsServer, type StartNatsOptions, startNats } from "./nats/start-nats.ts";
export { findPostgres, type PostgresPrograms } from "./postgres/postgres-programs.ts";
export {
  type PostgresServer,
  type PostgresTuning,
  type StartPostgresOptions,
  startPostgres,
} from "./postgres/start-postgres.ts";
export { findOnPath, isExecutable } from "./process/find-on-path.ts";
export { findFreePort, findFreePorts } from "./process/free-port.ts";
export { readLogTail } from "./process/log-tail.ts";
export { type NodeProcess, type StartProcessOptions, startProcess } from "./process/start-process.ts";
