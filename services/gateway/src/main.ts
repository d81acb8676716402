import process from "node:process";
import { main } from "@mio/service-kit";
import { createApp } from "./app.ts";
import { gatewayConfig } from "./config.ts";

await main({ name: "gateway", schema: gatewayConfig, createApp }, process);
