import { JetStreamApiError } from "@nats-io/jetstream";
import { PermissionViolationError } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import type { Session } from "../connection/session.ts";
import type { Delivery, Identity } from "./delivery.ts";
import { isNextOfSubject } from "./next-of-subject.ts";

const subject = "mio.inbound_enriched.slack.a.c";
const timeOf = (seq: number) => 1_000 + seq;

describe("isNextOfSubject", () => {
  it.each([
    ["nothing earlier is stored", [20], [], true],
    ["all earlier ones are known", [12, 15, 20], [12, 15], true],
    ["an earlier one is unknown", [12, 15, 20], [12], false],
    ["only what the floor has passed is unknown", [7, 20], [], true],
    ["the message itself is gone", [], [], true],
  ])("looks between the floor and the message: %s", async (_, stored, known, expected) => {
    const world = aWorld(stored);
    expect(await world.look((identity) => known.includes(identity.seq))).toBe(expected);
    expect(world.asked[0]).toEqual({ seq: 11, next_by_subj: subject });
  });

  it("takes another message under a known sequence for unknown", async () => {
    const world = aWorld([12, 20]);
    expect(await world.look(({ seq, timeMs }) => seq === 12 && timeMs === 5)).toBe(false);
  });

  it("asks nothing when the floor has come to the message", async () => {
    const world = aWorld([20], { floor: 19 });
    expect(await world.look(() => false)).toBe(true);
    expect(world.asked).toEqual([]);
  });

  it("throws when the stream does not answer", async () => {
    const fails = new JetStreamApiError({ code: 503, err_code: 10_008, description: "no leader" });
    await expect(aWorld([12, 20], { fails }).look(() => false)).rejects.toThrow("no leader");
  });

  it("lets the message go when the stream may not be asked, or has too many", async () => {
    const fails = new PermissionViolationError(
      "Permissions Violation",
      "publish",
      "$JS.API.STREAM.MSG.GET.X",
    );
    expect(await aWorld([12, 20], { fails }).look(() => false)).toBe(true);
    const many = aWorld(
      Array.from({ length: 500 }, (_, index) => index + 11),
      { own: 900 },
    );
    expect(await many.look(() => true)).toBe(true);
    expect(many.asked).toHaveLength(100);
  });
});

interface Script {
  readonly floor?: number;
  readonly own?: number;
  readonly fails?: Error;
}

function aWorld(stored: readonly number[], { floor = 10, own = 20, fails }: Script = {}) {
  const asked: { readonly seq: number; readonly next_by_subj: string }[] = [];
  const getMessage = async (_: string, query: (typeof asked)[number]) => {
    asked.push(query);
    if (fails !== undefined) throw fails;
    const seq = stored.find((entry) => entry >= query.seq);
    return seq === undefined ? null : { seq, time: new Date(timeOf(seq)) };
  };
  const session = { jsm: { streams: { getMessage } } } as unknown as Session;
  const delivery = { subject, seq: own, timeMs: timeOf(own) } as Delivery;
  const look = (isKnown: (identity: Identity) => boolean) =>
    isNextOfSubject(session, { delivery, floor, isKnown });
  return { look, asked };
}
