import { create } from "@bufbuild/protobuf";
import { RichTableBlockSchema } from "@mio/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnWidths, tableData } from "./table.ts";

describe("the widths of a table's columns", () => {
  it("are whole percents of at least one that add up to 100", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 100 }), (headers) => {
        const widths = columnWidths(headers);
        expect(widths).toHaveLength(headers.length);
        expect(widths.every((width) => Number.isInteger(width) && width >= 1)).toBe(true);
        expect(widths.reduce((sum, width) => sum + width, 0)).toBe(100);
      }),
    );
  });

  it.each([
    [["a"], [100]],
    [
      ["a", "b"],
      [50, 50],
    ],
    [
      ["  Who is it", "b"],
      [28, 72],
    ],
    [
      ["WHOLE", "b"],
      [28, 72],
    ],
    [
      ["a", "b", "c"],
      [18, 64, 18],
    ],
    [
      ["a", "b", "c", "d"],
      [14, 62, 10, 14],
    ],
    [
      ["a", "b", "c", "d", "e", "f"],
      [16, 16, 16, 16, 16, 20],
    ],
  ])("of %j are %j", (headers, widths) => {
    expect(columnWidths(headers)).toEqual(widths);
  });
});

describe("a table", () => {
  it("keeps every cell that has a header, under a key of its own", () => {
    const cells = fc.array(fc.string(), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 12 }),
        fc.array(cells, { minLength: 1 }),
        (headers, rows) => {
          const block = create(RichTableBlockSchema, { headers, rows: rows.map((row) => ({ cells: row })) });
          const data = tableData(block);
          expect(data?.headers).toHaveLength(headers.length);
          expect(new Set(data?.headers).size).toBe(headers.length);
          const shown = data?.rows.map((row) => data.headers.map((header) => row[header]));
          expect(shown).toEqual(rows.map((row) => headers.map((_, at) => row[at] ?? "")));
        },
      ),
    );
  });

  it("with more columns than there are percents ends in a mark", () => {
    const headers = Array.from({ length: 101 }, (_, at) => String(at));
    const data = tableData(create(RichTableBlockSchema, { headers, rows: [{ cells: ["x"] }] }));
    expect(data?.headers).toHaveLength(100);
    expect(data?.headers.at(-1)).toBe("…");
  });
});
