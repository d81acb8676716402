import { type ErrorEntry, errorCatalogue } from "@mio/failure";
import type { Generator } from "./generator.ts";
import { markdownTable } from "./markdown-table.ts";

const intro = `<!-- Generated from packages/failure/src/catalogue.ts; do not edit. -->

# Error codes

Every error of Mio has one of these codes: in log lines (\`err.code\`), in dead letters, in delivery receipts
and in answers over HTTP. Find the code that was logged; the last column says what to do.
`;

/** docs/errors.md, from the catalogue of error codes. */
export const errorsDoc: Generator = {
  path: "docs/errors.md",
  render: () => renderErrors(errorCatalogue),
};

/** Renders a catalogue, one section for each area. */
export function renderErrors(catalogue: Readonly<Record<string, ErrorEntry>>): string {
  const areas = Map.groupBy(Object.entries(catalogue), ([code]) => code.split(".", 1)[0] ?? code);
  const sections = [...areas].map(([area, entries]) => {
    const rows = entries.map(([code, { meaning, action }]) => [`\`${code}\``, meaning, action]);
    return `## ${area}\n\n${markdownTable(["Code", "What happened", "What to do"], rows)}\n`;
  });
  return [intro, ...sections].join("\n");
}
