import { expect, test } from "vitest";
import type { Bus } from "../connect/connection.ts";
import type { MuxRequest } from "../connect/request-mux.ts";
import { createProbeStream } from "./probe-stream.ts";

const mebibyte = 1 << 20;
const diskFull = { error: { code: 500, err_code: 10_077, description: "no space left on device" } };

/** A server that takes so many bytes, and then no more. */
function scripted({ roomBytes = Number.POSITIVE_INFINITY, maxPayload = mebibyte } = {}) {
  const asked: string[] = [];
  let written = 0;
  const answer = ({ subject, payload }: MuxRequest): object => {
    if (!subject.startsWith("mio.probe.")) return {};
    written += payload?.length ?? 0;
    return written > roomBytes ? diskFull : { stream: "MIO_PROBE", seq: 1 };
  };
  const request = async (question: MuxRequest) => {
    asked.push(question.subject.replace("$JS.API.", ""));
    return { data: Buffer.from(JSON.stringify(answer(question))) };
  };
  const bus = { requests: { request }, nc: { info: { max_payload: maxPayload } } } as unknown as Bus;
  const options = { bus, service: "gateway", timeoutMs: 1_000, replicas: 1, storage: "memory" } as const;
  return { asked, written: () => written, probe: createProbeStream(options) };
}

test("trusts a recreated stream once it stored more than the old one can have held", async () => {
  const { asked, written, probe } = scripted();
  expect(await probe.replace()).toBeUndefined();
  expect(asked.slice(0, 2)).toEqual(["STREAM.DELETE.MIO_PROBE", "STREAM.CREATE.MIO_PROBE"]);
  expect(new Set(asked.slice(2))).toEqual(new Set(["mio.probe.gateway"]));
  expect(written()).toBeGreaterThan(mebibyte);
});

test("space that a removal freed proves nothing", async () => {
  const { probe } = scripted({ roomBytes: mebibyte / 2 });
  expect(await probe.replace()).toMatchObject({ kind: "cannot_write" });
});

test("no write is larger than the server takes", async () => {
  const { asked, written, probe } = scripted({ maxPayload: 64 << 10 });
  expect(await probe.replace()).toBeUndefined();
  expect(written()).toBeGreaterThan(mebibyte);
  expect(written() / (asked.length - 2)).toBeLessThan(64 << 10);
});
