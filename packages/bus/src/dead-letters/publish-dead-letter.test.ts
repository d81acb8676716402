import { expect, test } from "vitest";
import { consumers } from "../topology.ts";
import { toDeadLetterSubject } from "./publish-dead-letter.ts";

test.each([
  [consumers.mediaVault, "mio.inbound.zoho_cliq.acct.conv", "mio.dlq.inbound.zoho_cliq.acct.conv"],
  [consumers.attachments, "mio.attachments.slack.acct.conv.0123abcd", "mio.dlq.inbound.slack.acct.conv"],
  [consumers.attachments, "mio.attachments.odd", "mio.dlq.inbound.unknown.unknown.unknown"],
  [consumers.agents, "mio.inbound_enriched.slack.acct.conv", "mio.dlq.inbound_enriched.slack.acct.conv"],
  [consumers.senderPool, "mio.outbound.slack.acct.conv.edit", "mio.dlq.outbound.slack.acct.conv"],
  [consumers.senderPool, "mio.outbound.odd", "mio.dlq.outbound.unknown.unknown.unknown"],
] as const)("a dead letter of %o on %s", (consumer, subject, expected) => {
  expect(toDeadLetterSubject({ consumer, subject })).toBe(expected);
});
