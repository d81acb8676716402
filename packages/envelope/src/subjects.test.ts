import { MioError } from "@mio/failure";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  deadLetterSubject,
  enrichedSubject,
  inboundSubject,
  outboundSubject,
  parseSubject,
  receiptSubject,
} from "./subjects.ts";

const route = { channelType: "zoho_cliq", accountId: "account-123", conversationId: "conv_abc" };

describe("subjects", () => {
  it("are the frozen ones", () => {
    expect(inboundSubject(route)).toBe("mio.inbound.zoho_cliq.account-123.conv_abc");
    expect(enrichedSubject(route)).toBe("mio.inbound_enriched.zoho_cliq.account-123.conv_abc");
    expect(outboundSubject(route)).toBe("mio.outbound.zoho_cliq.account-123.conv_abc");
    expect(outboundSubject({ ...route, editOfMessageId: "" })).toBe(outboundSubject(route));
    expect(outboundSubject({ ...route, editOfMessageId: "ABC123" })).toBe(
      "mio.outbound.zoho_cliq.account-123.conv_abc.ABC123",
    );
    expect(deadLetterSubject("outbound", route)).toBe("mio.dlq.outbound.zoho_cliq.account-123.conv_abc");
    expect(receiptSubject(route)).toBe("mio.receipt.zoho_cliq.account-123.conv_abc");
  });

  it.each(["", "a.b", "a b", "a/b", "*", ">", "a#b", "é", "a\n", "a\0"])("refuse the token %j", (bad) => {
    for (const field of ["channelType", "accountId", "conversationId"] as const) {
      expect(() => inboundSubject({ ...route, [field]: bad })).toThrow(MioError);
    }
    if (bad !== "") expect(() => outboundSubject({ ...route, editOfMessageId: bad })).toThrow(MioError);
  });

  it("name the refused field and not its value", () => {
    expect(() => inboundSubject({ ...route, accountId: "secret.value" })).toThrow(
      expect.objectContaining({ code: "envelope.bad_token", details: { field: "account_id" } }),
    );
  });
});

describe("parseSubject", () => {
  it.each([
    "",
    "mio",
    "mio.inbound.slack.a",
    "mio.inbound.slack.a.b.c",
    "mio.outbound.slack.a.b.c.d",
    "mio.inbound.slack..b",
    "mio.dlq.inbound.slack.a",
    "mio.dlq.receipt.slack.a.b",
    "mio.dlq.inbound.slack.a.b.c",
    "mio.elsewhere.slack.a.b",
    "other.inbound.slack.a.b",
  ])("knows nothing of %j", (subject) => {
    expect(parseSubject(subject)).toBeUndefined();
  });

  const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
  const routes = fc.record({ channelType: token, accountId: token, conversationId: token });

  it("undoes every builder", () => {
    fc.assert(
      fc.property(routes, token, (any, edited) => {
        expect(parseSubject(inboundSubject(any))).toEqual({ kind: "inbound", ...any });
        expect(parseSubject(enrichedSubject(any))).toEqual({ kind: "inbound_enriched", ...any });
        expect(parseSubject(receiptSubject(any))).toEqual({ kind: "receipt", ...any });
        expect(parseSubject(deadLetterSubject("outbound", any))).toEqual({
          kind: "dlq",
          of: "outbound",
          ...any,
        });
        const command = { ...any, editOfMessageId: edited };
        expect(parseSubject(outboundSubject(command))).toEqual({ kind: "outbound", ...command });
      }),
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseSubject(text)));
    fc.assert(fc.property(fc.array(fc.string()), (parts) => void parseSubject(["mio", ...parts].join("."))));
  });

  it("has no builder that lets a dot through", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(() => inboundSubject({ ...route, conversationId: `${before}.${after}` })).toThrow(MioError);
      }),
    );
  });
});
