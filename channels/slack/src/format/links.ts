import { trimEndOf } from "@mio/channel-kit";
import { escapeText } from "./escape.ts";
import type { SetAside } from "./set-aside.ts";

/** What Slack itself writes between angle brackets: mentions, channels, commands and addresses. */
const slackTokens = /<(?:[@#!][^<>\n]+|(?:mailto|tel|https?|ftp):[^<>\n]+)>/g;

const label = String.raw`\[((?:[^[\]\n]|\[[^[\]\n]*\])*)\]`;
const target = String.raw`\(\s*<?((?:[^\s()<>]|\([^\s()<>]*\))+)>?(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\s*\)`;
const link = new RegExp(`!?${label}${target}`, "g");

const bareAddress = /\bhttps?:\/\/[^\s<>*`|]+/g;
/** Punctuation after an address belongs to the sentence. */
const afterAddress = ".,;:!?'\"~_)]}";

const linkable = /^(?:https?|ftp|mailto|tel|slack):/i;

export function setSlackTokensAside(text: string, aside: SetAside): string {
  return text.replace(slackTokens, (token) => aside.keep(`<${escapeText(token.slice(1, -1))}>`));
}

/** Links and pictures; an address that Slack could not open is shown beside its label. */
export function setLinksAside(text: string, aside: SetAside): string {
  return text.replace(link, (whole: string, label: string, address: string) => {
    if (linkable.test(address)) return aside.keep(linkToken(address, label));
    return label === "" ? whole : `${label} (${aside.keep(escapeText(address))})`;
  });
}

/** Addresses written out, whose underscores are no emphasis. */
export function setAddressesAside(text: string, aside: SetAside): string {
  return text.replace(bareAddress, (found) => {
    const address = trimEndOf(found, afterAddress);
    return `${aside.keep(escapeText(address))}${found.slice(address.length)}`;
  });
}

/** Slack's form of a link. A label has no formatting of its own. */
export function linkToken(address: string, label: string): string {
  const safe = escapeText(address.replaceAll("|", "%7C").replaceAll("<", "%3C").replaceAll(">", "%3E"));
  const shown = escapeText(
    label
      .replace(/\*\*|__|~~/g, "")
      .replace(/\s+/g, " ")
      .trim(),
  );
  return shown === "" ? `<${safe}>` : `<${safe}|${shown}>`;
}
