export { devCliqAccountId, devSlackAccountId, devTenantId } from "./seed-dev.ts";
export { type Fleet, type FleetOptions, type FleetPorts, type FleetUrls, startFleet } from "./start-fleet.ts";
export type { Servers, Storage } from "./start-servers.ts";
