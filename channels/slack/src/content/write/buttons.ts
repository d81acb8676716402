import { checkButtons } from "@mio/channel-kit";
import { type RichButton, RichButton_Style, type RichButtonAction, RichButtonAction_Kind } from "@mio/proto";
import { type Block, type ButtonElement, clamp, limits, plainText } from "./block.ts";

const schemes: ReadonlySet<string> = new Set(["https:", "http:", "mailto:"]);

/**
 * Buttons that open an address, in rows.
 *
 * @throws DeliveryError `permanent`/`unsupported` when one cannot work on Slack.
 */
export function buttonBlocks(buttons: readonly RichButton[]): readonly Block[] {
  checkButtons(buttons, { platform: "Slack", whyNot });
  const usedIds = new Set<string>();
  const elements = buttons.map((button) => toElement(button, usedIds));
  const rows: Block[] = [];
  for (let at = 0; at < elements.length; at += limits.buttons) {
    rows.push({ type: "actions", elements: elements.slice(at, at + limits.buttons) });
  }
  return rows;
}

function whyNot({ kind, url }: RichButtonAction): string | undefined {
  switch (kind) {
    case RichButtonAction_Kind.OPEN_URL:
    case RichButtonAction_Kind.PREVIEW_URL:
      if (url.length > limits.urlChars) return `has an address of more than ${limits.urlChars} characters`;
      return schemes.has(URL.parse(url)?.protocol ?? "") ? undefined : "has no http, https or mailto address";
    case RichButtonAction_Kind.COPY:
      return "copies text, for which Slack has no button";
    case RichButtonAction_Kind.INVOKE_FUNCTION:
      return "calls a function, which Slack does not support";
    default:
      return "has an action that this version of Mio does not know";
  }
}

function toElement({ label, key, style, action }: RichButton, usedIds: Set<string>): ButtonElement {
  const id = key.length <= limits.idChars && !usedIds.has(key) ? key : "";
  usedIds.add(id);
  return {
    type: "button",
    text: plainText(clamp(label, limits.buttonChars)),
    url: action?.url ?? "",
    ...(id === "" ? {} : { action_id: id }),
    ...styleOf(style),
  };
}

function styleOf(style: RichButton_Style): { readonly style?: "primary" | "danger" } {
  if (style === RichButton_Style.PRIMARY) return { style: "primary" };
  if (style === RichButton_Style.DANGER) return { style: "danger" };
  return {};
}
