import { AttachmentError } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { Attachment_ErrorCode as Code } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { toAttachmentFailure, tooLarge } from "./attachment-failure.ts";

const refused = (wireCode: Code, retryable = false) =>
  new AttachmentError({ wireCode, message: "said no", retryable });
const storage = (retry: "soon" | "never") => new MioError("blob.unavailable", "full", { retry });
const reset = new TypeError("terminated", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) });

describe("toAttachmentFailure", () => {
  it.each([
    [refused(Code.EXPIRED), { wireCode: Code.EXPIRED, outcome: "expired", isTransient: false }],
    [refused(Code.FORBIDDEN), { wireCode: Code.FORBIDDEN, outcome: "forbidden", isTransient: false }],
    [refused(Code.NOT_FOUND), { wireCode: Code.NOT_FOUND, outcome: "not_found", isTransient: false }],
    [refused(Code.TIMEOUT, true), { wireCode: Code.TIMEOUT, outcome: "timeout", isTransient: true }],
    [tooLarge(), { wireCode: Code.TOO_LARGE, outcome: "too_large", isTransient: false }],
    [storage("soon"), { wireCode: Code.STORAGE, outcome: "storage_error", isTransient: true }],
    [storage("never"), { wireCode: Code.STORAGE, outcome: "storage_error", isTransient: false }],
    [
      new DOMException("late", "TimeoutError"),
      { wireCode: Code.TIMEOUT, outcome: "timeout", isTransient: true },
    ],
    [reset, { wireCode: Code.TIMEOUT, outcome: "fetch_error", isTransient: true }],
    ["thrown text", { wireCode: Code.TIMEOUT, outcome: "fetch_error", isTransient: true }],
  ])("of %s", (error, failure) => {
    expect(toAttachmentFailure(error)).toMatchObject(failure);
  });

  it("reports the system's code and never the text of a foreign error", () => {
    expect(toAttachmentFailure(reset).reason).toBe("ECONNRESET");
    expect(toAttachmentFailure(new Error("https://host/?token=secret")).reason).toBe("Error");
    expect(toAttachmentFailure(refused(Code.FORBIDDEN)).reason).toBe("said no");
  });
});
