import { MioError } from "@mio/failure";
import { createLogger, createMetrics } from "@mio/service-kit";
import { captureLogs } from "@mio/testkit";
import { expect, it } from "vitest";
import { createIncidents, type Look } from "./incidents.ts";
import { createStreamRecord } from "./stream-record.ts";
import type { TroubleKind } from "./trouble.ts";

function setUp() {
  const logs = captureLogs();
  const metrics = createMetrics({ processMetrics: false });
  const logger = createLogger({
    service: "test",
    level: "info",
    pretty: false,
    destination: logs.destination,
  });
  const records = new Map(["A", "B"].map((name) => [name, createStreamRecord()]));
  const incidents = createIncidents({ logger, metrics });
  const see = (a?: TroubleKind, b?: TroubleKind): void => {
    const looks = [a, b].map(
      (kind, at): Look => ({
        stream: at === 0 ? "A" : "B",
        found: kind && { kind, reason: `${kind} it is` },
      }),
    );
    incidents.report(records, looks);
  };
  const said = (event: string) => logs.matching({ event }).map(({ streams }) => streams);
  return { incidents, see, said, logs, metrics };
}

it("says in one line what began together, and in another what ended", async () => {
  const { see, said, logs, metrics } = setUp();
  see();
  expect(logs.lines).toEqual([]);
  see("cannot_write", "cannot_write");
  see("cannot_write", "cannot_write");
  expect(said("bus.store_lost")).toEqual([["A", "B"]]);
  expect(logs.lines[0]).toMatchObject({
    level: "error",
    code: "bus.cannot_store",
    kind: "cannot_write",
    reason: "cannot_write it is",
    runbook: "docs/operate/runbooks/disk-full.md",
    msg: "NATS does not store on A, B: cannot_write it is. See docs/operate/runbooks/disk-full.md",
  });
  expect(await metrics.text()).toContain('mio_bus_stream_stores{stream="A"} 0');
  expect(await metrics.text()).toContain('mio_bus_incidents_total{stream="B",kind="cannot_write"} 1');
  see();
  see();
  expect(said("bus.store_recovered")).toEqual([["A", "B"]]);
  expect(await metrics.text()).toContain('mio_bus_stream_stores{stream="A"} 1');
});

it("says of each kind what it is", () => {
  const { see, said, logs } = setUp();
  see("missing", "refuses");
  expect(said("bus.store_lost")).toEqual([["A"], ["B"]]);
  expect(logs.lines.map(({ code }) => code)).toEqual(["bus.no_stream", "bus.cannot_store"]);
});

it("says once why a stream cannot be made, until it was made", () => {
  const { incidents, said } = setUp();
  const full = new MioError("bus.stream_conflict", "insufficient storage resources");
  const away = new MioError("bus.unavailable", "no leader", { retry: "soon" });
  for (const error of [full, full, away, away]) incidents.notMade(error);
  expect(said("bus.streams_not_made")).toHaveLength(2);
  incidents.made(["A"]);
  expect(said("bus.streams_made")).toEqual([["A"]]);
  incidents.notMade(away);
  expect(said("bus.streams_not_made")).toHaveLength(3);
});
