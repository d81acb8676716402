import { type Html, html } from "./html.ts";

export interface SwitchedOn {
  readonly name: string;
  readonly remaining: number | undefined;
  readonly hits: number;
}

/** A switch for each fault, with its short description from `help`. */
export function faultList(
  help: Readonly<Record<string, string>>,
  switchedOn: readonly SwitchedOn[],
): readonly Html[] {
  const active = new Map(switchedOn.map((fault) => [fault.name, fault]));
  return Object.entries(help).map(([name, text]) => {
    const fault = active.get(name);
    const hits = fault && (fault.remaining === undefined ? `hit ${fault.hits}×` : `${fault.remaining} left`);
    return html`<li id="f-${name}"><label><input type="checkbox" role="switch" id="fault-${name}"
      data-fault="${name}"${fault && html` checked`}><span><b>${name.replaceAll("_", " ")}</b>
      <small>${text}</small></span>${hits && html`<span class="chip bad">${hits}</span>`}</label></li>`;
  });
}
