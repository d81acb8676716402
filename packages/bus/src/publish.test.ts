import { MioError } from "@mio/failure";
import type { Msg } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { createPublisher } from "./publish.ts";
import type { RequestMux } from "./request-mux.ts";

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

test.each([
  ["a stream without a leader", { streams: ["MESSAGES_INBOUND"] }, "bus.no_leader"],
  ["a missing stream", { streams: null }, "bus.no_stream"],
])("%s has a code of its own", async (_, answer, code) => {
  const publisher = createPublisher({ requests: absent(answer) });
  const publication = { subject: "mio.inbound.slack.a.c", dedupId: "inb:1", payload: new Uint8Array() };
  await expect(publisher.publish(publication)).rejects.toMatchObject({ code, retry: "soon" });
});
