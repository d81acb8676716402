import { expect, test } from "vitest";
import { faultsOf, nameOf, noFaults, toAccount } from "./accounting.ts";

const a = (place: number): string => nameOf("a", place);

test("a run without broken promises has no faults", () => {
  const account = toAccount({ attempted: [a(0), a(1)], promised: [a(0), a(1)], seen: [a(0), a(1)] });
  expect(faultsOf(account)).toEqual(noFaults);
});

test("counts promised events that did not arrive as lost, with their position", () => {
  const attempted = [0, 1, 2, 3, 4].map(a);
  const account = toAccount({ attempted, promised: attempted, seen: [a(1), a(3)] });
  expect(account.lost).toEqual([a(0), a(2), a(4)]);
  expect(account.lostAt).toEqual({ prefix: 1, middle: 1, postfix: 1 });
  expect(toAccount({ attempted, promised: attempted, seen: [] }).lostAt).toEqual({
    prefix: 5,
    middle: 0,
    postfix: 0,
  });
});

test("counts arrivals without a promise as recovered, and unknown ones as unexpected", () => {
  const account = toAccount({ attempted: [a(0), a(1)], promised: [a(0)], seen: [a(0), a(1), "stranger#0"] });
  expect(account).toMatchObject({ recovered: 1, unexpected: ["stranger#0"], lost: [] });
});

test("counts repeated arrivals as duplicated", () => {
  const account = toAccount({ attempted: [a(0)], promised: [a(0)], seen: [a(0), a(0)] });
  expect(account.duplicated).toEqual([a(0)]);
});

test("checks order only within a conversation", () => {
  const seen = [a(1), nameOf("b", 0), a(0)];
  expect(toAccount({ attempted: seen, promised: seen, seen }).overtaken).toEqual([a(0)]);
});
