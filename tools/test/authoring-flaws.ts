/** One mistake in the page's example, and the words of the test that has to find it. */
export interface Flaw {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly law: string;
}

export const flaws: readonly Flaw[] = [
  {
    name: "a window open to the future",
    file: "src/inbound/verify.ts",
    from: "Math.abs(now.getTime() - Number(time))",
    to: "now.getTime() - Number(time)",
    law: "in the future",
  },
  {
    name: "an empty secret that opens",
    file: "src/inbound/verify.ts",
    from: 'secret !== "" && ',
    to: "",
    law: "never takes an empty secret as a key",
  },
  {
    name: "an edit with the id of its original",
    file: "src/inbound/normalize.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the example's own text
    from: "isEdit ? `${card.id}:edit:${card.revision}` : card.id",
    to: "card.id",
    law: "gives different events different ids",
  },
  {
    name: "an id made from the time of arrival",
    file: "src/inbound/normalize.ts",
    from: ": card.id,",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the example's own text
    to: ": `${card.id}${receivedAt.getTime()}`,",
    law: "gives a redelivery of card the same id",
  },
  {
    name: "an ear for its own voice",
    file: "src/inbound/normalize.ts",
    from: "card.author.id === ownId",
    to: "card.author.id === undefined",
    law: "never takes own-card for a person's message",
  },
  {
    name: "an edit that points nowhere",
    file: "src/inbound/normalize.ts",
    from: "targetExternalId: card.id",
    to: "targetExternalId: card.board",
    law: "names its target by the target's own id",
  },
  {
    name: "a thread that answers cannot find",
    file: "src/inbound/normalize.ts",
    from: ", [replyAttributesKey]: threadAttribute",
    to: "",
    law: "go back to the place and thread of answer",
  },
  {
    name: "words of a person in an error",
    file: "src/inbound/payload.ts",
    from: '"The body is not an event of Postcard."',
    to: "new TextDecoder().decode(body)",
    law: "quotes nothing of what it refuses",
  },
  {
    name: "a broken connection taken for nothing sent",
    file: "src/access/failure.ts",
    from: 'kind: "unknown", reason: word',
    to: 'kind: "transient", reason: word',
    law: "because the connection broke after the request has an unknown fate",
  },
  {
    name: "a platform's crash taken for a refusal",
    file: "src/access/failure.ts",
    from: 'status === 503 ? "transient" : "unknown"',
    to: 'status === 503 ? "transient" : "permanent"',
    law: "with status 500 is never given up for good",
  },
  {
    name: "its own idea of how long to wait",
    file: "src/access/failure.ts",
    from: 'retryAfterMs(headers.get("retry-after"), now)',
    to: "undefined",
    law: "waits exactly as long as Retry-After asks",
  },
  {
    name: "the platform's words in an error",
    file: "src/access/failure.ts",
    from: "? ofAnswer(outcome, now)",
    to: "? Object.assign(ofAnswer(outcome, now), { said: outcome.text })",
    law: "reveals neither secrets nor text",
  },
  {
    name: "a retry of its own",
    file: "src/access/client.ts",
    from: "throw toDeliveryError(",
    to: 'if (outcome.kind === "answer") await http.call({ method: "POST", url, headers, body: JSON.stringify(card), signal });\n      throw toDeliveryError(',
    law: "is never repeated by the adapter itself",
  },
  {
    name: "no ear for the caller's abort",
    file: "src/access/client.ts",
    from: "body: JSON.stringify(card), signal }",
    to: "body: JSON.stringify(card) }",
    law: "before the call: nothing is posted",
  },
  {
    name: "a text cut in silence",
    file: "src/outbound/send.ts",
    from: "  return text;",
    to: "  return text.slice(0, 500);",
    law: "at the limit is one post",
  },
  {
    name: "a text that the platform would cut",
    file: "src/outbound/send.ts",
    from: "> capabilities.maxTextBytes",
    to: "> 1_000_000",
    law: "over the limit is sent in parts with nothing lost",
  },
  {
    name: "files that are not sent",
    file: "src/capabilities.ts",
    from: "allowedAttachments: []",
    to: 'allowedAttachments: ["file"]',
    law: "takes a lone attachment of kind file exactly when it says so",
  },
  {
    name: "edits that it promises only",
    file: "src/capabilities.ts",
    from: "supportsEdit: false",
    to: "supportsEdit: true",
    law: "claims an ability exactly when it has the method",
  },
  {
    name: "threads that it denies",
    file: "src/capabilities.ts",
    from: "supportsThreads: true",
    to: "supportsThreads: false",
    law: "are tried in a thread too, exactly where there are threads",
  },
  {
    name: "typing that it promises only",
    file: "src/capabilities.ts",
    from: "supportsTyping: false",
    to: "supportsTyping: true",
    law: "claims neither typing nor presence",
  },
  {
    name: "a token that it refreshes in words only",
    file: "src/capabilities.ts",
    from: 'authKind: "bot_token"',
    to: 'authKind: "oauth2_refresh"',
    law: "are posted with a fresh token exactly when",
  },
  {
    name: "a secret setting in the open",
    file: "src/settings.ts",
    from: ", secret: true",
    to: "",
    law: "marks the secret ones",
  },
];
