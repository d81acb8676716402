import { main } from "@mio/service-kit";
import { createApp } from "./app.ts";
import { senderPoolConfig } from "./config.ts";

/** Runs the service as this process. */
export function start(process: NodeJS.Process): Promise<void> {
  return main({ name: "sender-pool", schema: senderPoolConfig, createApp }, process);
}
