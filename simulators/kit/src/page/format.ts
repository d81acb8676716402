import { type Html, html } from "./html.ts";

/** Time of day to the millisecond, with the full time for machines. */
export function timeOf(at: Date): Html {
  const clock = at.toLocaleTimeString("en-GB", { hour12: false });
  const ms = String(at.getMilliseconds()).padStart(3, "0");
  return html`<time datetime="${at.toISOString()}">${clock}<small>.${ms}</small></time>`;
}

export function initialsOf(name: string): string {
  const letters = name.split(/\s+/).flatMap((word) => [...word].slice(0, 1));
  return letters.slice(0, 2).join("").toUpperCase();
}

/** One of eight colours, always the same for the same name. */
export function hueOf(name: string): number {
  const sum = [...name].reduce((total, char) => total + (char.codePointAt(0) ?? 0), 0);
  return sum % 8;
}

export function toneOf(status: number): "good" | "warn" | "bad" {
  if (status >= 200 && status < 300) return "good";
  return status >= 400 && status < 500 ? "warn" : "bad";
}
