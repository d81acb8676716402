import process from "node:process";
import { main } from "@mio/service-kit";
import { createApp } from "./app.ts";
import { mediaVaultConfig } from "./config.ts";

await main({ name: "media-vault", schema: mediaVaultConfig, createApp }, process);
