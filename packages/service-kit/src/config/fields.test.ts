import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { bytes, csv, durationMs, flag, int, port, text, url, uuid } from "./fields.ts";

const refused = Symbol("refused");
const read = (field: z.ZodType, value: unknown): unknown => {
  const result = field.safeParse(value);
  return result.success ? result.data : refused;
};

describe("fields", () => {
  it.for<[name: string, field: z.ZodType, text: string, value: unknown]>([
    ["port", port(), "8080", 8080],
    ["port", port(), "0", 0],
    ["port", port(), "65536", refused],
    ["port", port(), "-1", refused],
    ["port", port(), "8080.5", refused],
    ["port", port(), "0x50", refused],
    ["port", port(), "1e3", refused],
    ["int", int({ min: -3, max: 3 }), "-3", -3],
    ["int", int({ min: -3, max: 3 }), "4", refused],
    ["flag", flag(), "TRUE", true],
    ["flag", flag(), "t", true],
    ["flag", flag(), "on", true],
    ["flag", flag(), "0", false],
    ["flag", flag(), "No", false],
    ["flag", flag(), "maybe", refused],
    ["csv", csv(), " a, ,b ,", ["a", "b"]],
    ["csv", csv(), ",", refused],
    ["durationMs", durationMs(), "250", 250],
    ["durationMs", durationMs(), "250ms", 250],
    ["durationMs", durationMs(), "1.5s", 1500],
    ["durationMs", durationMs(), "2 m", 120_000],
    ["durationMs", durationMs(), "24h", 86_400_000],
    ["durationMs", durationMs(), "7D", 604_800_000],
    ["durationMs", durationMs(), "5w", refused],
    ["durationMs", durationMs(), "-5s", refused],
    ["durationMs", durationMs(), "constructor", refused],
    ["bytes", bytes(), "1048576", 1_048_576],
    ["bytes", bytes(), "900KiB", 921_600],
    ["bytes", bytes(), "1gb", 1_000_000_000],
    ["bytes", bytes(), "25 MiB", 26_214_400],
    ["bytes", bytes(), "lots", refused],
    ["bytes", bytes(), "5constructor", refused],
    ["uuid", uuid(), "018F3C9E-7B1A-7C3D-8E4F-1A2B3C4D5E6F", "018f3c9e-7b1a-7c3d-8e4f-1a2b3c4d5e6f"],
    ["uuid", uuid(), "018f3c9e", refused],
    ["url", url(), "https://x.test/a", "https://x.test/a"],
    ["url", url(), "x.test", refused],
    ["url", url(["nats", "tls"]), "nats://u:p@h:4222", "nats://u:p@h:4222"],
    ["url", url(["nats", "tls"]), "https://h", refused],
    ["text", text(), " a b ", "a b"],
    ["text", text(), " ", refused],
  ])("%s reads case %#", ([_name, field, value, expected]) => {
    expect(read(field, value)).toEqual(expected);
  });

  it.each<[name: string, field: z.ZodType, value: unknown]>([
    ["port", port(), 8080],
    ["flag", flag(), false],
    ["csv", csv(), ["a", "b"]],
    ["durationMs", durationMs(), 1500],
    ["bytes", bytes(), 921_600],
  ])("%s accepts its own output", (_name, field, value) => {
    expect(read(field, value)).toEqual(value);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, null, {}, []])("reject %s as a size", (value) => {
    expect(read(bytes(), value)).toBe(refused);
  });
});
