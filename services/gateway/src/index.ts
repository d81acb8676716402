export { createApp, type GatewayApp, type Overrides } from "./app.ts";
export { type GatewayConfig, gatewayConfig } from "./config.ts";
