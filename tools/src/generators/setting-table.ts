import type { SettingRow } from "@mio/service-kit";
import { markdownTable } from "./markdown-table.ts";

/** Renders settings as a table; `extra` adds a column at the end. */
export function settingTable(
  rows: readonly SettingRow[],
  extra?: { readonly title: string; readonly cell: (row: SettingRow) => string },
): string {
  const header = ["Variable", "Default", "Meaning", ...(extra ? [extra.title] : [])];
  return markdownTable(
    header,
    rows.map((row) => [
      nameCell(row),
      defaultCell(row),
      row.description,
      ...(extra ? [extra.cell(row)] : []),
    ]),
  );
}

function nameCell({ name, secret }: SettingRow): string {
  return secret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``;
}

function defaultCell(row: SettingRow): string {
  if (row.required) return "**required**";
  return row.default === undefined || row.default === "" ? "not set" : `\`${row.default}\``;
}
