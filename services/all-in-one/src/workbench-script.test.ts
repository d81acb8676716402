import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { workbenchScript } from "./workbench-script.ts";

interface Cell {
  textContent: string;
  className: string;
}

/** Runs the page's script against a fake page with a table; `answers` are the fleet's successive replies. */
function open(answers: readonly (() => unknown)[]) {
  let rows: readonly (readonly Cell[])[] = [];
  let asked = 0;
  let again: (() => void) | undefined;
  const element = () => {
    const cells: Cell[] = [];
    return { textContent: "", className: "", cells, append: (...more: Cell[]) => cells.push(...more) };
  };
  const table = {
    replaceChildren: (...children: readonly { readonly cells: readonly Cell[] }[]) => {
      rows = children.map(({ cells }) => cells);
    },
  };
  runInNewContext(workbenchScript, {
    AbortSignal,
    document: { createElement: element, getElementById: () => table },
    setTimeout: (next: () => void) => {
      again = next;
    },
    fetch: async () => answers[asked++]?.(),
  });
  return {
    texts: () => rows.map((cells) => cells.map(({ textContent }) => textContent)),
    marks: () => rows.map((cells) => cells[2]?.className),
    /** Runs the page's two-second timer. */
    goOn: () => again?.(),
  };
}

const ready = (...checks: readonly unknown[]) => ({ ok: true, json: async () => ({ checks }) });

it("shows the service of each check, and why it fails", async () => {
  const page = open([
    () =>
      ready(
        { service: "gateway", name: "nats", kind: "probe", ok: true },
        { service: "sender-pool", name: "nats-store", kind: "probe", ok: false, reason: "no space left" },
        {
          service: "gateway",
          name: "socket slack",
          kind: "probe",
          ok: false,
          advisory: true,
          reason: "refused",
        },
      ),
  ]);
  await expect.poll(page.texts).toEqual([
    ["gateway", "nats (probe)", "ok", ""],
    ["sender-pool", "nats-store (probe)", "not ok", "no space left"],
    ["gateway", "socket slack (probe)", "degraded", "refused"],
  ]);
  expect(page.marks()).toEqual(["ok", "bad", "bad"]);
});

it.for<[how: string, answer: () => unknown]>([
  ["was stopped", () => Promise.reject(new TypeError("fetch failed"))],
  ["answers an error", () => ({ ok: false, status: 500 })],
])("shows that the fleet is unreachable when it %s, and keeps polling", async ([_how, answer]) => {
  const green = () => ready({ service: "gateway", name: "nats", kind: "probe", ok: true });
  const page = open([green, answer, green]);
  await expect.poll(page.marks).toEqual(["ok"]);
  page.goOn();
  await expect.poll(page.texts).toEqual([["Mio", "reachable (page)", "not ok", expect.any(String)]]);
  page.goOn();
  await expect.poll(page.marks).toEqual(["ok"]);
});
