import { checkButtons, DeliveryError } from "@mio/channel-kit";
import { type RichButton, RichButton_Style, type RichButtonAction, RichButtonAction_Kind } from "@mio/proto";
import { clamp } from "./clamp.ts";
import { buttonLimits } from "./limits.ts";
import type { Slide } from "./slides.ts";

export interface CliqButton {
  readonly label: string;
  readonly type: "+" | "-";
  readonly key?: string;
  readonly hint?: string;
  readonly action: ButtonAction;
}

type ButtonAction =
  | { readonly type: "open.url"; readonly data: { readonly web: string } }
  | { readonly type: "preview.url"; readonly data: { readonly url: string } }
  | { readonly type: "copy"; readonly data: { readonly text: string } }
  | { readonly type: "invoke.function"; readonly data: { readonly name: string; readonly owner?: string } };

export interface Buttons {
  readonly buttons: readonly CliqButton[];
  /** Addresses for which Cliq accepts no button, as a list of links. */
  readonly rest: readonly Slide[];
}

/**
 * The buttons of a message. Cliq accepts five, and no long addresses; further addresses become links.
 *
 * @throws DeliveryError `permanent`/`unsupported` if one cannot work on Cliq.
 */
export function toButtons(wanted: readonly RichButton[]): Buttons {
  checkButtons(wanted, { platform: "Cliq", whyNot });
  const fitting = wanted.filter((button) => !isTooLong(button.action));
  const chosen = new Set(
    fitting.toSorted((a, b) => Number(isLink(a)) - Number(isLink(b))).slice(0, buttonLimits.count),
  );
  const left = wanted.filter((button) => !chosen.has(button));
  if (!left.every(isLink)) throw tooMany();
  return { buttons: wanted.filter((button) => chosen.has(button)).flatMap(toButton), rest: toLinks(left) };
}

function whyNot({ kind, url, text, functionName }: RichButtonAction): string | undefined {
  switch (kind) {
    case RichButtonAction_Kind.OPEN_URL:
    case RichButtonAction_Kind.PREVIEW_URL:
      return url.trim() === "" ? "has no address" : undefined;
    case RichButtonAction_Kind.COPY:
      if (text === "") return "has nothing to copy";
      return text.length > buttonLimits.copyChars
        ? `copies more than the ${buttonLimits.copyChars} characters that Cliq takes`
        : undefined;
    case RichButtonAction_Kind.INVOKE_FUNCTION:
      return functionName === "" ? "names no function" : undefined;
    default:
      return "has an action that this version of Mio does not know";
  }
}

function isLink({ action }: RichButton): boolean {
  return (
    action?.kind === RichButtonAction_Kind.OPEN_URL || action?.kind === RichButtonAction_Kind.PREVIEW_URL
  );
}

function tooMany(): DeliveryError {
  const message = `Cliq cannot make the card work: it shows at most ${buttonLimits.count} buttons that copy or call a function.`;
  return new DeliveryError({ kind: "permanent", reason: "unsupported", message });
}

function toButton({ label, style, key, hint, action }: RichButton): readonly CliqButton[] {
  const cliqAction = toAction(action);
  if (cliqAction === undefined) return [];
  return [
    {
      label: clamp(label, buttonLimits.labelChars),
      type: style === RichButton_Style.DANGER ? "-" : "+",
      ...(key === "" ? {} : { key: clamp(key, buttonLimits.keyChars) }),
      ...(hint === "" ? {} : { hint: clamp(hint, buttonLimits.hintChars) }),
      action: cliqAction,
    },
  ];
}

function toAction(action: RichButtonAction | undefined): ButtonAction | undefined {
  if (action === undefined) return undefined;
  const { url, text, functionName } = action;
  switch (action.kind) {
    case RichButtonAction_Kind.OPEN_URL:
      return url === "" ? undefined : { type: "open.url", data: { web: url } };
    case RichButtonAction_Kind.PREVIEW_URL:
      return url === "" ? undefined : { type: "preview.url", data: { url } };
    case RichButtonAction_Kind.COPY:
      return text === "" ? undefined : { type: "copy", data: { text } };
    case RichButtonAction_Kind.INVOKE_FUNCTION:
      return functionName === "" ? undefined : { type: "invoke.function", data: toFunction(action) };
    default:
      return undefined;
  }
}

function toFunction({ functionName, functionOwner }: RichButtonAction): { name: string; owner?: string } {
  return functionOwner === "" ? { name: functionName } : { name: functionName, owner: functionOwner };
}

/** An address cannot be cut. */
function isTooLong(action: RichButtonAction | undefined): boolean {
  const length = action?.url.length ?? 0;
  if (action?.kind === RichButtonAction_Kind.OPEN_URL) return length > buttonLimits.openUrlChars;
  return action?.kind === RichButtonAction_Kind.PREVIEW_URL && length > buttonLimits.previewUrlChars;
}

function toLinks(buttons: readonly RichButton[]): readonly Slide[] {
  if (buttons.length === 0) return [];
  const data = buttons.map(({ label, action }) => ({ [label]: action?.url ?? "" }));
  return [{ type: "label", title: "Links", data }];
}
