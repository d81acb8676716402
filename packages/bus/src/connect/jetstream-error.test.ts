import { MioError } from "@mio/failure";
import { JetStreamApiError } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { askJetStream, hasApiCode, toApiFailure, toConflict, toJetStreamError } from "./jetstream-error.ts";

// Codes and words of https://github.com/nats-io/nats-server/blob/v2.15.1/server/errors.json and store.go.
test.each([
  [503, 10008, "JetStream system temporarily unavailable", "bus.unavailable", "soon"],
  [500, 10009, "JetStream cluster can not handle request", "bus.unavailable", "soon"],
  [500, 10118, "stream is offline", "bus.unavailable", "soon"],
  [429, 10167, "too many requests", "bus.unavailable", "soon"],
  [409, 10158, "duplicate message id is in process", "bus.publish_timeout", "soon"],
  [404, 10059, "stream not found", "bus.no_stream", "soon"],
  [503, 10077, "maximum bytes exceeded", "bus.stream_full", "soon"],
  [503, 10077, "maximum messages exceeded", "bus.stream_full", "soon"],
  [503, 10077, "maximum messages per subject exceeded", "bus.stream_full", "soon"],
  [503, 10077, "write failed", "bus.storage_failed", "soon"],
  [503, 10023, "insufficient resources", "bus.storage_failed", "soon"],
  [500, 10047, "insufficient storage resources available", "bus.storage_failed", "soon"],
  [500, 10028, "insufficient memory resources available", "bus.storage_failed", "soon"],
  [400, 10002, "resource limits exceeded for account", "bus.storage_failed", "soon"],
  [400, 10054, "message size exceeds maximum allowed", "bus.too_large", "never"],
  [400, 10097, "header size exceeds maximum allowed of 64k", "bus.too_large", "never"],
  [400, 10060, "expected stream does not match", "bus.rejected", "never"],
  [500, 10074, "replicas > 1 not supported in non-clustered mode", "bus.rejected", "never"],
  [500, 10052, "some configuration", "bus.rejected", "never"],
] as const)("an answer of %i with %i (%s) is %s", (code, err_code, description, expected, retry) => {
  const error = toJetStreamError({ code, err_code, description }, { subject: "mio.x" });
  expect(error).toMatchObject({
    code: expected,
    retry,
    details: { subject: "mio.x", err_code, description },
  });
});

test("names a full stream, its limit and the next step", () => {
  const answer = { code: 503, err_code: 10077, description: "maximum bytes exceeded" };
  expect(toJetStreamError(answer, { stream: "MESSAGES_OUTBOUND" }).message).toMatch(
    /MESSAGES_OUTBOUND.*max_bytes.*raise max_bytes/,
  );
});

const api = (code: number, err_code: number, description: string) =>
  new JetStreamApiError({ code, err_code, description });

test("a final refusal is a conflict, a server failure is not", () => {
  const conflict = toConflict(api(400, 10065, "subjects overlap"), "Stream S", { stream: "S" });
  expect(conflict).toMatchObject({ code: "bus.stream_conflict", retry: "never" });
  expect(conflict.message).toBe("Stream S cannot be created: subjects overlap.");
  expect(toConflict(api(503, 10008, "unavailable"), "Stream S", {})).toMatchObject({
    code: "bus.unavailable",
    retry: "soon",
  });
  expect(toConflict(new Error("timeout"), "Stream S", {})).toMatchObject({ code: "bus.unavailable" });
  expect(toConflict(api(400, 10113, "max bytes required"), "Stream S", {}).message).toMatch(/by hand/);
});

test("an answer inside another error is still an answer, and a MioError stays what it is", () => {
  const wrapped = new Error("not enabled", { cause: api(503, 10039, "JetStream not enabled for account") });
  expect(hasApiCode(wrapped, 10039)).toBe(true);
  expect(toApiFailure(wrapped, "streams").message).toContain("not enabled for account");
  const own = new MioError("bus.too_large", "large");
  expect(toApiFailure(own, "streams")).toBe(own);
});

test("a service's question keeps any words of the server", async () => {
  const asked = askJetStream("commands", Promise.reject(api(503, 10008, "temporarily unavailable")));
  await expect(asked).rejects.toMatchObject({
    code: "bus.unavailable",
    retry: "soon",
    message: expect.stringContaining("temporarily unavailable"),
  });
});
