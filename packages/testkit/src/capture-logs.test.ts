import { expect, test } from "vitest";
import { captureLogs } from "./capture-logs.ts";

test("keeps lines in order and finds them by their fields", () => {
  const logs = captureLogs();
  logs.destination.write('{"event":"a","n":1}\n{"event":"b"}\n');
  logs.destination.write('{"event":"a","n":2}\n');
  expect(logs.lines).toHaveLength(3);
  expect(logs.matching({ event: "a", n: 2 })).toEqual([{ event: "a", n: 2 }]);
  expect(logs.text()).toContain('"b"');
});
