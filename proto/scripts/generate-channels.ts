// Writes gen/channels.ts from channels.yaml. The output depends on the input alone, so that CI can
// generate it again and compare. Usage: node scripts/generate-channels.ts [output file]
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { renderChannels } from "./render-channels.ts";

const registry = new URL("../channels.yaml", import.meta.url);
const output = process.argv[2] ?? fileURLToPath(new URL("../gen/channels.ts", import.meta.url));
writeFileSync(output, renderChannels(readFileSync(registry, "utf8")));
