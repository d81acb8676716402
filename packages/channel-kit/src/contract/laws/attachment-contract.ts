import { create } from "@bufbuild/protobuf";
import { AttachmentSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { accountUnderTest } from "../under-test/call-under-test.ts";
import { playPlatform } from "../under-test/played-platform.ts";
import { openAt, type SendingChannel } from "../under-test/playing.ts";

const path = "/redirected-file";

/** For a channel that fetches files: an address from outside must not lead into Mio's own network. */
export function attachmentContract(subject: SendingChannel): void {
  if (openAt(subject, "http://127.0.0.1:1").attachments === undefined) return;

  const fetchFrom = async (platformUrl: string, url: string): Promise<unknown> => {
    const { attachments } = openAt(subject, platformUrl);
    const attachment = create(AttachmentSchema, { url });
    return await attachments
      ?.fetch(attachment, accountUnderTest(), AbortSignal.timeout(5_000))
      .catch((thrown: unknown) => thrown);
  };

  describe("a file", () => {
    // Connections to these reach this machine, but neither is an address that simulators have.
    it.each(["0.0.0.0", "[::ffff:127.0.0.1]"])("is not fetched from %s", async (host) => {
      await using victim = await playPlatform(() => ({ status: 200, text: "data" }));
      await using platform = await playPlatform((request) => subject.outbound.answer(request));
      const url = `http://${host}:${new URL(victim.url).port}/file`;
      expect(await fetchFrom(platform.url, url)).toMatchObject({ name: "AttachmentError", retry: "never" });
      expect(victim.requests).toEqual([]);
    });

    it.each(["0.0.0.0", "[::ffff:127.0.0.1]"])("is not fetched behind a redirect to %s", async (host) => {
      await using victim = await playPlatform(() => ({ status: 200, text: "data" }));
      const location = `http://${host}:${new URL(victim.url).port}/file`;
      await using platform = await playPlatform((request) =>
        request.path === path ? { status: 302, headers: { location } } : subject.outbound.answer(request),
      );
      const failure = await fetchFrom(platform.url, platform.url + path);
      expect(failure).toMatchObject({ name: "AttachmentError", retry: "never" });
      expect(victim.requests).toEqual([]);
      expect(platform.requests.map((request) => request.path)).toContain(path);
    });
  });
}
