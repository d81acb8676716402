import { channels } from "@mio/channels";
import { baseConfig, describeConfig, type SettingRow } from "@mio/service-kit";
import { z } from "zod";
import type { Generator } from "./generator.ts";
import { findServiceConfigs, type ServiceConfig } from "./service-configs.ts";
import { settingTable } from "./setting-table.ts";

const intro = `<!-- Generated from the config schemas of the services and channels; do not edit. -->

# Configuration

Every process is configured by environment variables alone, read once at start. The example agent \`echo\` is
configured like any other agent, as [its README](../services/echo/README.md) says.

- A variable set to nothing counts as not set.
- All problems are reported at once, on standard error, and the process exits with code 2.
- A secret \`NAME\` can also be given as \`NAME_FILE\`, the path of a file that holds it. Setting both is an error.
- An unknown \`MIO_*\` variable is logged as a warning, with the name that was probably meant.
- Durations: \`250ms\`, \`1.5s\`, \`2m\`, \`24h\`, \`7d\`; a bare number is milliseconds. Sizes: \`900KiB\`, \`25MiB\`,
  \`1GB\`; a bare number is bytes. Switches: \`true\`/\`false\`, also \`1\`/\`0\`, \`yes\`/\`no\`, \`on\`/\`off\`. Lists are
  separated by commas.
- Traces are exported when the standard \`OTEL_EXPORTER_OTLP_ENDPOINT\` is set; the other \`OTEL_*\` variables work too.
`;

/** docs/config.md, from the schemas of every service and channel. */
export const configDoc: Generator = {
  path: "docs/config.md",
  render: async () => renderConfig(await findServiceConfigs()),
};

export function renderConfig(services: readonly ServiceConfig[]): string {
  const described = services.map(({ service, schema }) => ({ service, rows: ownRows(schema) }));
  const readBy = (row: SettingRow): readonly string[] =>
    described.filter(({ rows }) => rows.some((other) => isSame(row, other))).map(({ service }) => service);
  const base = describeConfig(z.object(baseConfig));
  const shared = distinct(described.flatMap(({ rows }) => rows)).filter((row) => readBy(row).length > 1);
  const sections = [
    section("Every service", base),
    section("Several services", shared, readBy),
    ...described.map(({ service, rows }) =>
      section(
        service,
        rows.filter((row) => readBy(row).length === 1),
      ),
    ),
    ...channels.map((channel) => section(`Channel ${channel.channelType}`, describeConfig(channel.settings))),
  ];
  return [intro, ...sections.filter((text) => text !== "")].join("\n");
}

/** The settings of a service itself: not those of every service, nor those of the channels it opens. */
function ownRows(schema: z.ZodObject): readonly SettingRow[] {
  const elsewhere = new Set(
    [baseConfig, ...channels.map(({ settings }) => settings.shape)].flatMap(Object.keys),
  );
  return describeConfig(schema).filter(({ name }) => !elsewhere.has(name));
}

function section(
  title: string,
  rows: readonly SettingRow[],
  readBy?: (row: SettingRow) => readonly string[],
): string {
  if (rows.length === 0) return "";
  const extra = readBy && { title: "Read by", cell: (row: SettingRow) => readBy(row).join(", ") };
  return `## ${title}\n\n${settingTable(rows, extra)}\n`;
}

function isSame(one: SettingRow, other: SettingRow): boolean {
  return one.name === other.name && one.default === other.default && one.required === other.required;
}

function distinct(rows: readonly SettingRow[]): readonly SettingRow[] {
  return rows.filter((row, index) => rows.findIndex((other) => isSame(row, other)) === index);
}
