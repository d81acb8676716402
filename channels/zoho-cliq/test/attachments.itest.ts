import { AttachmentError } from "@mio/channel-kit";
import { accountUnderTest } from "@mio/channel-kit/contract";
import { Attachment_ErrorCode } from "@mio/proto";
import { startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { expect, it } from "vitest";
import { context, draftOf, openAgainst, startGateway } from "./helpers.ts";

it("fetches the file of a message, or returns the reason why not", async () => {
  await using gateway = await startGateway("s");
  await using cliq = await startCliqSimulator({ webhookUrl: gateway.url, webhookSecret: "s" });
  const bytes = new TextEncoder().encode("%PDF-1.7 report");
  await cliq.postFile({ chat: "general", user: "Ada", name: "r.pdf", mime: "application/pdf", bytes });
  const attachment = draftOf(gateway.events[0]).message.attachments[0];
  const account = accountUnderTest();
  const fetcher = openAgainst(cliq).attachments;
  if (attachment === undefined || fetcher === undefined) throw new Error("nothing to fetch");
  const fetchIt = async (): Promise<Uint8Array> => {
    const { body } = await fetcher.fetch(attachment, account, context.signal);
    return new Uint8Array(await new Response(ReadableStream.from(body)).arrayBuffer());
  };

  expect(await fetchIt()).toEqual(bytes);
  cliq.faults.set("unauthorized_once", { endpoints: ["file"] });
  expect(await fetchIt()).toEqual(bytes);

  const codeWhen = async (fault: "login_page" | "attachment_expired" | "server_error"): Promise<unknown> => {
    cliq.faults.set(fault, { times: 1, endpoints: ["file"] });
    const error: unknown = await fetchIt().catch((thrown: unknown) => thrown);
    return error instanceof AttachmentError ? error.wireCode : error;
  };
  expect(await codeWhen("login_page")).toBe(Attachment_ErrorCode.FORBIDDEN);
  expect(await codeWhen("attachment_expired")).toBe(Attachment_ErrorCode.EXPIRED);
  expect(await codeWhen("server_error")).toBe(Attachment_ErrorCode.TIMEOUT);
});
