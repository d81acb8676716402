import { main } from "@mio/service-kit";
import { createApp } from "./app.ts";
import { gatewayConfig } from "./config.ts";

/** Runs the service as this process. */
export function start(process: NodeJS.Process): Promise<void> {
  return main({ name: "gateway", schema: gatewayConfig, createApp }, process);
}
