export { createApp, type GatewayApp, type Surroundings } from "./app.ts";
export { type GatewayConfig, gatewayConfig } from "./config.ts";
