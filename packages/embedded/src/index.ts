export { findOnPath, isExecutable } from "./find-on-path.ts";
export { findFreePort, findFreePorts } from "./free-port.ts";
export { readLogTail } from "./log-tail.ts";
export { minimumNatsVersion, natsVersion } from "./nats-release.ts";
export { type ObtainNatsOptions, obtainNatsServer } from "./obtain-nats-server.ts";
export { findPostgres, type PostgresPrograms } from "./postgres-programs.ts";
export { type NatsServer, type StartNatsOptions, startNats } from "./start-nats.ts";
export {
  type PostgresServer,
  type PostgresTuning,
  type StartPostgresOptions,
  startPostgres,
} from "./start-postgres.ts";
export { type NodeProcess, type StartProcessOptions, startProcess } from "./start-process.ts";
