import { type RichButton, RichButton_Style, type RichButtonAction, RichButtonAction_Kind } from "@mio/proto";
import { buttonLimits } from "../limits.ts";
import { clamp } from "./clamp.ts";
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
  /** What Cliq takes no button for, shown another way. */
  readonly rest: readonly Slide[];
}

/** The buttons that can be pressed; those without a label or a whole action are left out. */
export function toButtons(wanted: readonly RichButton[]): Buttons {
  const whole = wanted.filter(
    (button) => button.label.trim() !== "" && toAction(button.action) !== undefined,
  );
  const fitting = whole.filter((button) => !isTooLong(button.action));
  const buttons = fitting.slice(0, buttonLimits.count).flatMap((button) => toButton(button));
  const left = [...fitting.slice(buttonLimits.count), ...whole.filter((button) => isTooLong(button.action))];
  return { buttons, rest: leftOver(left) };
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
      return text === "" ? undefined : { type: "copy", data: { text: clamp(text, buttonLimits.copyChars) } };
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

/** Addresses are listed; of other actions it is said that they are missing. */
function leftOver(buttons: readonly RichButton[]): readonly Slide[] {
  const links = buttons.flatMap(({ label, action }) => (action?.url ? [{ [label]: action.url }] : []));
  const lost = buttons.length - links.length;
  return [
    ...(links.length > 0 ? [{ type: "label", title: "Links", data: links } as const] : []),
    ...(lost > 0
      ? [{ type: "text", data: `… and ${lost} more ${lost === 1 ? "button" : "buttons"}` } as const]
      : []),
  ];
}
