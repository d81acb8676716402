export { createApp, type GatewayApp } from "./app.ts";
export { type GatewayConfig, gatewayConfig } from "./config.ts";
