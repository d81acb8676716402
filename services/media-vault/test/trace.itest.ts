import { streams } from "@mio/bus";
import { headerNames } from "@mio/envelope";
import { startTracing } from "@mio/service-kit";
import { expect, test } from "vitest";
import { expectEnriched, openVault } from "./vault-fixture.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

test("an enriched message continues the trace of the inbound one", async () => {
  await using _tracing = await startTracing({ service: "media-vault", exporting: false, keptShare: 1 });
  await using vault = await openVault();
  const headers = [[headerNames.traceparent, `00-${traceId}-b7ad6b7169203331-01`]] as const;
  const message = await vault.publish({}, headers);
  await expectEnriched(vault, [message.id]);
  const stored = await vault.bus.jsm.streams.getMessage(streams.enriched.name, { seq: 1 });
  expect(stored?.header.get(headerNames.traceparent)).toContain(`00-${traceId}-`);
  expect(stored?.header.get(headerNames.dedupId)).toBe(`enr:${message.id}`);
});
