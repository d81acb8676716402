import * as browser from "./browser.ts";
import type { PageBehaviour, PageTools } from "./page-behaviour.ts";

/** The script of a page: the functions of the browser, started with the behaviour of the platform. */
export function pageScript(behaviourOf: (tools: PageTools) => PageBehaviour): string {
  const functions = Object.values(browser).map(String);
  return [...functions, `startPage(${behaviourOf});`].join("\n");
}
