import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeConfig } from "@mio/service-kit";
import type { Generator } from "./generator.ts";
import { repositoryRoot } from "./repository.ts";
import { findServiceConfigs } from "./service-configs.ts";
import { settingTable } from "./setting-table.ts";

const configStart = "<!-- config:start -->";
const configEnd = "<!-- config:end -->";

/** The README of each service that has a table of settings in it; only what is between the markers is made. */
export async function serviceReadmes(): Promise<readonly Generator[]> {
  const configs = await findServiceConfigs();
  return configs.flatMap(({ service, schema }) => {
    const path = `services/${service}/README.md`;
    const file = join(repositoryRoot, path);
    if (!existsSync(file)) return [];
    const render = (): string =>
      replaceTable(readFileSync(file, "utf8"), settingTable(describeConfig(schema)));
    return [{ path, render }];
  });
}

/**
 * Puts a table between the markers of a text; a text without them is left as it is.
 */
export function replaceTable(text: string, table: string): string {
  const start = text.indexOf(configStart);
  const end = text.indexOf(configEnd, start);
  if (start < 0 || end < 0) return text;
  return `${text.slice(0, start)}${configStart}\n\n${table}\n\n${text.slice(end)}`;
}
