import { type RichButton, type RichButtonAction, RichButtonAction_Kind } from "@mio/proto";
import { DeliveryError } from "./delivery-error.ts";

export interface ButtonRules {
  /** The platform's name, as people use it. */
  readonly platform: string;
  /** Why a button with this action cannot work, as the end of a sentence; undefined if it can. */
  readonly whyNot: (action: RichButtonAction) => string | undefined;
}

/**
 * Throws `permanent`/`unsupported` if a button cannot work. The message has the buttons' numbers and the reasons, but
 * not their labels, which are part of the message.
 */
export function checkButtons(buttons: readonly RichButton[], rules: ButtonRules): void {
  const faults = buttons.flatMap((button, at) => {
    const why = whyNot(button, rules);
    return why === undefined ? [] : [`button ${at + 1} of ${buttons.length} ${why}`];
  });
  if (faults.length > 0) throw cannotWork(faults, rules.platform);
}

/** A button without an action of its own could only notify the agent. */
function whyNot({ label, action }: RichButton, rules: ButtonRules): string | undefined {
  if (label.trim() === "") return "has no label";
  if (action === undefined || action.kind === RichButtonAction_Kind.UNSPECIFIED) {
    return "has no action, and Mio does not bring presses to agents";
  }
  return rules.whyNot(action);
}

function cannotWork(faults: readonly string[], platform: string): DeliveryError {
  const shown = faults.slice(0, maxFaults).join("; ");
  const more = faults.length > maxFaults ? `; and ${faults.length - maxFaults} more` : "";
  const message = `${platform} cannot make the card work: ${shown}${more}.`;
  return new DeliveryError({ kind: "permanent", reason: "unsupported", message });
}

const maxFaults = 5;
