import { MioError } from "@mio/failure";
import type { Msg } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import type { MuxRequest } from "../connect/request-mux.ts";
import { createExplainAbsence } from "./explain-absence.ts";

function scripted(...answers: readonly (object | Error)[]) {
  const asked: MuxRequest[] = [];
  const request = async (question: MuxRequest): Promise<Msg> => {
    const answer = answers[asked.length] ?? new Error("asked too often");
    asked.push(question);
    if (answer instanceof Error) throw answer;
    return { json: () => answer } as unknown as Msg;
  };
  const time = { now: 0 };
  return { asked, time, explain: createExplainAbsence({ request }, () => time.now) };
}

test.each([
  [{ streams: ["MESSAGES_INBOUND"] }, "bus.no_leader"],
  [{ streams: null }, "bus.no_stream"],
  [{ streams: [] }, "bus.no_stream"],
  [{ error: { code: 503, err_code: 10008, description: "unavailable" } }, "bus.unavailable"],
  [new MioError("bus.publish_timeout", "no answer", { retry: "soon" }), "bus.unavailable"],
] as const)("when the servers answer %j it is %s", async (answer, code) => {
  const { explain } = scripted(answer);
  expect(await explain("mio.inbound.slack.a.c", 5_000)).toMatchObject({ code, retry: "soon" });
});

test("asks once for all messages of a stream for a while", async () => {
  const { explain, asked, time } = scripted({ streams: ["S"] }, { streams: null }, { streams: null });
  const verdicts = await Promise.all([explain("mio.inbound.a", 9_000), explain("mio.inbound.b", 9_000)]);
  expect(verdicts.map(({ code }) => code)).toEqual(["bus.no_leader", "bus.no_leader"]);
  expect((await explain("mio.outbound.a", 50)).code).toBe("bus.no_stream");
  expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([1_000, 50]);
  // The servers have a leader by then, or the stream is gone.
  time.now += 2_000;
  expect((await explain("mio.inbound.a", 9_000)).code).toBe("bus.no_stream");
});
