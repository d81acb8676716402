import { expect, it } from "vitest";
import { addressesBeside, rangesSetting } from "./address-ranges.ts";

it.each(["", " 10.1.0.0/16, fd12::5 ", "10.0.0.1"])("accepts %j as a setting", (list) => {
  expect(rangesSetting.safeParse(list).success).toBe(true);
});

it.each(["10.1", "10.0.0.0/40", "files.corp.test", "10.0.0.1;10.0.0.2"])(
  "refuses %j as a setting",
  (list) => {
    expect(rangesSetting.safeParse(list).success).toBe(false);
  },
);

it("allows this machine only if the API is configured to be there", () => {
  const localhost = addressesBeside(new URL("http://localhost:9000"), "10.1.0.0/16");
  expect(localhost.check("127.0.0.1")).toBe(true);
  expect(localhost.check("::1", "ipv6")).toBe(true);
  expect(localhost.check("10.1.0.1")).toBe(true);
  const api = addressesBeside(new URL("https://api.fax.test/"), "");
  expect(api.check("127.0.0.1")).toBe(false);
  expect(api.check("::1", "ipv6")).toBe(false);
});
