import { describe, expect, it } from "vitest";
import { errorCatalogue } from "./catalogue.ts";

const codes = Object.keys(errorCatalogue);

describe("errorCatalogue", () => {
  it("is sorted, so that two additions rarely conflict", () => {
    expect(codes).toEqual(codes.toSorted());
  });

  it.each(codes)("%s is area.reason", (code) => {
    expect(code).toMatch(/^[a-z]+\.[a-z]+(_[a-z]+)*$/);
  });

  it.each(Object.entries(errorCatalogue))(
    "%s explains in whole sentences what happened and what to do",
    (_code, entry) => {
      expect(entry.meaning).toMatch(/^[A-Z][^\n|]+\.$/);
      expect(entry.action).toMatch(/^[A-Z][^\n|]+\.$/);
    },
  );
});
