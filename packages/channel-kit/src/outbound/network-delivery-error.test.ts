import { expect, it } from "vitest";
import type { HttpFailure } from "../http/http-message.ts";
import { networkDeliveryError } from "./network-delivery-error.ts";

type Case = readonly [HttpFailure["kind"], HttpFailure["reason"], boolean, string, string];

it.each<Case>([
  ["unsent", "network", false, "transient", "network"],
  ["unsent", "timeout", false, "transient", "timeout"],
  ["unsent", "aborted", false, "transient", "network"],
  ["unanswered", "network", false, "unknown", "network"],
  ["unanswered", "timeout", false, "unknown", "timeout"],
  ["unanswered", "aborted", false, "unknown", "timeout"],
  ["unanswered", "network", true, "transient", "network"],
])("turns %s by %s (repeatable: %s) into %s, %s", (kind, reason, repeatable, expected, word) => {
  const failure: HttpFailure = { kind, reason, networkCode: "ECONNRESET" };
  const error = networkDeliveryError("Slack", failure, { repeatable });
  expect(error).toMatchObject({ kind: expected, reason: word, details: { networkCode: "ECONNRESET" } });
  expect(error.message).toContain("Slack");
});
