import { AttachmentError, type FetchedAttachment, trustUnsigned } from "@mio/channel-kit";
import { type Attachment, Attachment_ErrorCode } from "@mio/proto";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import { describe, expect, it } from "vitest";
import { normalize } from "../src/inbound/normalize.ts";
import { parseBody } from "../src/inbound/payload.ts";
import { accountOf, openAgainst } from "./sending.ts";

const content = "the report";

/** A file that a person posted, as in its event. */
async function posted(simulator: SlackSimulator): Promise<Attachment> {
  const { rawBodies } = await simulator.postFile({
    channel: "general",
    user: "Ada",
    name: "report.txt",
    mime: "text/plain",
    bytes: new TextEncoder().encode(content),
  });
  const body = parseBody(trustUnsigned(new TextEncoder().encode(rawBodies[0] ?? "")));
  const event = normalize(body, { receivedAt: new Date(), botMessages: "keep" });
  const [attachment] = event.kind === "message" ? event.draft.message.attachments : [];
  if (attachment === undefined) throw new Error("the event has no attachment");
  return attachment;
}

async function fetchFrom(simulator: SlackSimulator, attachment: Attachment): Promise<FetchedAttachment> {
  const fetcher = openAgainst(simulator).attachments;
  if (fetcher === undefined) throw new Error("the channel fetches nothing");
  return await fetcher.fetch(attachment, accountOf(simulator), new AbortController().signal);
}

async function textOf({ body }: FetchedAttachment): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function failureOf(work: Promise<unknown>): Promise<AttachmentError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error instanceof AttachmentError) return error;
  throw new Error("expected an AttachmentError", { cause: error });
}

describe("a posted file", () => {
  it("is fetched with the token", async () => {
    await using simulator = await startSlackSimulator();
    const fetched = await fetchFrom(simulator, await posted(simulator));
    expect(await textOf(fetched)).toBe(content);
    expect(fetched).toMatchObject({ contentLength: content.length });
  });

  it("is not taken for a login page", async () => {
    await using simulator = await startSlackSimulator();
    const attachment = await posted(simulator);
    simulator.faults.set("login_page");
    const error = await failureOf(fetchFrom(simulator, attachment));
    expect(error).toMatchObject({ wireCode: Attachment_ErrorCode.FORBIDDEN, retry: "never" });
    expect(error.message).toContain("files:read");
  });

  it("is looked up by its id where the event says nothing else", async () => {
    await using simulator = await startSlackSimulator();
    const known = await posted(simulator);
    const [id] = /F[A-Z0-9]{6,}/.exec(known.url) ?? [];
    const stub = { ...known, url: `https://slack.com/api/files.info?file=${id}`, mime: "", filename: "" };
    const fetched = await fetchFrom(simulator, stub);
    expect(await textOf(fetched)).toBe(content);
    expect(fetched).toMatchObject({ filename: "report.txt" });
    const gone = { ...stub, url: "https://slack.com/api/files.info?file=F0GONE" };
    expect(await failureOf(fetchFrom(simulator, gone))).toMatchObject({
      wireCode: Attachment_ErrorCode.NOT_FOUND,
    });
  });

  it("may be retried when Slack fails", async () => {
    await using simulator = await startSlackSimulator();
    const attachment = await posted(simulator);
    simulator.faults.set("server_error", { methods: ["download"], times: 1 });
    expect(await failureOf(fetchFrom(simulator, attachment))).toMatchObject({ retry: "soon" });
    expect(await textOf(await fetchFrom(simulator, attachment))).toBe(content);
  });
});
