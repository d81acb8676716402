import fc from "fast-check";
import { expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

it("keeps integers that a number cannot hold as their digits, wherever they are", () => {
  expect(parseJson('{"id":1974166000016769005,"list":[-1974166000016769005]}')).toEqual({
    id: "1974166000016769005",
    list: ["-1974166000016769005"],
  });
  expect(parseJson("[ 1974166000016769005]")).toEqual(["1974166000016769005"]);
  expect(parseJson("[1,1974166000016769005]")).toEqual([1, "1974166000016769005"]);
  expect(parseJson('{"text":"1974166000016769005","n":1777804687057,"f":1.5e300}')).toEqual({
    text: "1974166000016769005",
    n: 1777804687057,
    f: 1.5e300,
  });
});

it("reads everything else like JSON.parse", () => {
  const shortNumbers = fc.json().filter((text) => !/\d{16}/.test(text));
  fc.assert(
    fc.property(shortNumbers, (text) => {
      expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});
