import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { createStanding } from "./standing.ts";

const reasonOf = async (standing: ReturnType<typeof createStanding>) =>
  (await standing.ready()).checks.map(({ ok, reason }) => [ok, reason]);

describe("the standing of a process", () => {
  it("is not ready while it starts, and names what it waits for", async () => {
    const standing = createStanding("gateway");
    expect(await reasonOf(standing)).toEqual([[false, "starting"]]);
    standing.waitsFor(new MioError("store.unavailable", "Postgres does not answer.", { retry: "soon" }));
    expect(await reasonOf(standing)).toEqual([
      [false, "starting: store.unavailable: Postgres does not answer."],
    ]);
    expect((await standing.accepting()).ok).toBe(false);
  });

  it("is the app's readiness once that has started", async () => {
    const standing = createStanding("gateway");
    const said = { ok: true, checks: [] };
    const stopped = { unfinished: [] };
    standing.started({
      name: "gateway",
      ready: async () => ({ ...said, ok: false }),
      accepting: async () => said,
      stop: async () => stopped,
    });
    expect([(await standing.ready()).ok, (await standing.accepting()).ok]).toEqual([false, true]);
  });

  it("shows only the metrics of the latest attempt to open the app", async () => {
    const standing = createStanding("gateway");
    const gauge = { name: "mio_test_pending", help: "Of one attempt" };
    standing.attempt().gauge(gauge).set(7);
    expect(await standing.metrics.text()).toContain("mio_test_pending 7");
    const latest = standing.attempt();
    expect(await standing.metrics.text()).not.toContain("mio_test_pending");
    latest.gauge(gauge).set(8);
    expect(await standing.metrics.text()).toContain("mio_test_pending 8");
  });
});
