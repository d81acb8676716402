import process from "node:process";
import { main } from "@mio/service-kit";
import { createApp } from "./app.ts";
import { senderPoolConfig } from "./config.ts";

await main({ name: "sender-pool", schema: senderPoolConfig, createApp }, process);
