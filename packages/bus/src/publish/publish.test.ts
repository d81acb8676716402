import { MioError } from "@mio/failure";
import { systemClock } from "@mio/pacing";
import type { Msg } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import type { RequestMux } from "../connect/request-mux.ts";
import { createPublisher } from "./publish.ts";

/** Requests of a server on which no stream takes the message, and which answers about its streams. */
function absent(answer: object): RequestMux {
  return {
    request: async ({ subject }) => {
      if (subject === "$JS.API.STREAM.NAMES") return { json: () => answer } as unknown as Msg;
      throw new MioError("bus.no_stream", "No stream takes this subject.", { retry: "soon" });
    },
    rejectAll: () => {},
    pending: () => 0,
    [Symbol.dispose]: () => {},
  };
}

const publication = { subject: "mio.inbound.slack.a.c", dedupId: "inb:1", payload: new Uint8Array() };

test.each([
  ["a stream without a leader", { streams: ["MESSAGES_INBOUND"] }, "bus.no_leader"],
  ["a missing stream", { streams: null }, "bus.no_stream"],
])("%s has a code of its own", async (_, answer, code) => {
  const publisher = createPublisher({ requests: absent(answer) });
  await expect(publisher.publish(publication)).rejects.toMatchObject({ code, retry: "soon" });
});

test("counts the wait for a slot towards the timeout", async () => {
  const stored = { data: new TextEncoder().encode('{"stream":"S","seq":1}') } as Msg;
  const first = Promise.withResolvers<Msg>();
  const asked: number[] = [];
  const request: RequestMux["request"] = ({ timeoutMs }) =>
    asked.push(timeoutMs) === 1 ? first.promise : Promise.resolve(stored);
  const publisher = createPublisher({ requests: { ...absent({}), request }, maxInFlight: 1 });
  const both = [1, 2].map(() => publisher.publish(publication, { timeoutMs: 5_000 }));
  await systemClock.sleep(50);
  first.resolve(stored);
  await Promise.all(both);
  expect(asked[1]).toBeLessThan(4_960);
});

test("gives the slot of an expired wait to the next publication", async () => {
  const stored = { data: new TextEncoder().encode('{"stream":"S","seq":1}') } as Msg;
  const first = Promise.withResolvers<Msg>();
  let asked = 0;
  const request: RequestMux["request"] = () => {
    asked += 1;
    return asked === 1 ? first.promise : Promise.resolve(stored);
  };
  const publisher = createPublisher({ requests: { ...absent({}), request }, maxInFlight: 1 });
  const onItsWay = publisher.publish(publication);
  const impatient = publisher.publish(publication, { timeoutMs: 10 });
  await expect(impatient).rejects.toMatchObject({ code: "bus.publish_timeout", details: { places: 1 } });
  first.resolve(stored);
  await onItsWay;
  expect(await publisher.publish(publication, { timeoutMs: 1_000 })).toMatchObject({ sequence: 1 });
  expect(asked).toBe(2);
});
