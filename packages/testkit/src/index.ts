export type { NatsServer, PostgresServer } from "@mio/embedded";
export { MessageRelation_Kind as RelationKinds } from "@mio/proto";
export { type AgentWorld, openAgentWorld, type StoredCommand, type StoredEntry } from "./agent-world.ts";
export { aCommand, aMessage, type CommandFields, type MessageFields } from "./builders.ts";
export { type CapturedLogs, captureLogs, type LogLine } from "./capture-logs.ts";
export { type EventuallyOptions, eventually } from "./eventually.ts";
export { privateNats, privatePostgres, testNats } from "./servers.ts";
export { type DatabaseTemplate, type TestDatabase, testDatabase } from "./test-database.ts";
export { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";
