import { type SendCommand, SendCommand_EditFallback as Wire } from "@mio/proto";

/** What becomes of an edit whose target is not known, is gone, or may not be edited any more. */
export type EditFallback = "new" | "drop" | "fail";

export function editFallbackOf({ editFallback }: Pick<SendCommand, "editFallback">): EditFallback {
  switch (editFallback) {
    case Wire.UNSPECIFIED:
    case Wire.NEW:
      return "new";
    case Wire.DROP:
      return "drop";
    default:
      // A later version may know more; whoever asks for something else than a post gets none.
      return "fail";
  }
}
