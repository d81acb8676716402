import type { PhrasingContent } from "mdast";
import { field, list, word } from "./fields.ts";
import { decodeEntities } from "./mrkdwn.ts";
import { maybeLink, text } from "./tree.ts";

/** The labels of buttons, menus and fields, each in square brackets. */
export function controlLabels(elements: readonly unknown[]): PhrasingContent[] {
  return elements.flatMap(labelOf).flatMap((label, index) => (index === 0 ? [label] : [text(" "), label]));
}

function labelOf(element: unknown): PhrasingContent[] {
  if (word(element, "type") === "feedback_buttons")
    return [field(element, "positive_button"), field(element, "negative_button")].flatMap(labelOf);
  const name = textOf(element) || plain(field(element, "placeholder"));
  const choices = choicesOf(element).join(", ");
  const label = [name, choices].filter(Boolean).join(": ");
  return label === "" ? [] : [maybeLink(`[${label}]`, word(element, "url"))];
}

/** Buttons have a text object; buttons of attachments a string. */
function textOf(element: unknown): string {
  return plain(field(element, "text"));
}

function plain(object: unknown): string {
  return decodeEntities(typeof object === "string" ? object : word(object, "text"));
}

function choicesOf(element: unknown): readonly string[] {
  const groups = list(element, "option_groups").flatMap((group) => list(group, "options"));
  return [...list(element, "options"), ...groups].map(textOf).filter(Boolean);
}
