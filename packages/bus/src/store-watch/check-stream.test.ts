import { MioError } from "@mio/failure";
import { expect, test } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { checkStream } from "./check-stream.ts";

const stream = { name: "MESSAGES_INBOUND", subjects: ["mio.inbound.>"] };
const now = "2026-01-01T00:00:10Z";
/** Stored its last message long ago, so that more proof is wanted. */
const whole = {
  config: { subjects: stream.subjects, discard: "new", max_msgs: -1, max_bytes: -1, max_msg_size: -1 },
  state: { messages: 1, bytes: 100, last_ts: "2026-01-01T00:00:00Z" },
  ts: now,
};
const refusal = (code: number, err_code: number, description: string) => ({
  error: { code, err_code, description },
});
const notFound = refusal(404, 10_043, "no message found");

/** A server that gives these answers to a look at the stream, and to the removal of a message. */
function scripted(info: object | undefined, removal: object | undefined) {
  const asked: string[] = [];
  const request = async ({ subject }: { readonly subject: string }) => {
    asked.push(subject);
    const answer = subject.includes(".INFO.") ? info : removal;
    if (answer === undefined) throw new MioError("bus.publish_timeout", "scripted", { retry: "soon" });
    return { data: Buffer.from(JSON.stringify(answer)) };
  };
  const bus = { requests: { request } } as unknown as Pick<Bus, "requests">;
  return { asked, options: { bus, timeoutMs: 1_000, freshMs: 2_000 } };
}

test.each([
  ["no such message", notFound],
  ["no such message, in a server's words alone", refusal(500, 0, "stream store EOF")],
  ["that it may not be removed", refusal(500, 0, "operation not permitted")],
])("a stream whose server answers %s would write", async (_, removal) => {
  expect(await checkStream(stream, scripted(whole, removal).options)).toBeUndefined();
});

test.each([
  ["the error of its last write", refusal(500, 10_057, "no space left on device"), "cannot_write"],
  ["that there is no quorum", refusal(503, 10_008, "system temporarily unavailable"), "unavailable"],
  ["that the stream is gone", refusal(404, 10_059, "stream not found"), "missing"],
  ["nothing", undefined, "unavailable"],
])("a stream whose server answers %s stores nothing", async (_, removal, kind) => {
  expect(await checkStream(stream, scripted(whole, removal).options)).toMatchObject({ kind });
});

test("checks a stream that has just stored a message no further", async () => {
  const { asked, options } = scripted({ ...whole, state: { ...whole.state, last_ts: now } }, undefined);
  expect(await checkStream(stream, options)).toBeUndefined();
  expect(asked).toEqual(["$JS.API.STREAM.INFO.MESSAGES_INBOUND"]);
});

test("settings that refuse messages count also after a message was stored", async () => {
  const fresh = { ...whole.state, last_ts: now };
  const sealed = { ...whole, state: fresh, config: { ...whole.config, sealed: true } };
  expect(await checkStream(stream, scripted(sealed, notFound).options)).toMatchObject({ kind: "refuses" });
});

test("where the watch may write, only a write proves that the stream stores", async () => {
  const full = { kind: "cannot_write", reason: "no space left on device" } as const;
  const written = { ...stream, write: async () => full };
  expect(await checkStream(written, scripted(whole, notFound).options)).toEqual(full);
});
