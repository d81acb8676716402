export { createApp } from "./app.ts";
export { type SenderPoolConfig, senderPoolConfig } from "./config.ts";
