import { type Check, runAll } from "../check.ts";

export const boundaries: Check = {
  name: "boundaries",
  what: "who may import whom, by the tags in turbo.json",
  run: (context) => runAll(context, [["turbo", "boundaries", "--no-color"]]),
};
