export { createApp } from "./app.ts";
export { type MediaVaultConfig, mediaVaultConfig } from "./config.ts";
