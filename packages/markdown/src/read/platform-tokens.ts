import type { Options } from "mdast-util-from-markdown";

/** Slack's tokens in angle brackets: people, channels, groups, dates, and addresses with a label. */
const slackToken =
  /^<(?:[@#][A-Z0-9]+(?:\|[^<>\n]*)?|![a-z]+(?:[|^][^<>\n]*)?|(?:mailto|tel|https?|ftp):[^<>\n|]+\|[^<>\n]*)>$/;

/** A mention of Cliq: `{@b-1}`, `{@ada@example.com}`. */
const cliqToken = /^\{@[^{}\s]+\}$/;

/** Whether a text is one token of a platform. */
export function isPlatformToken(text: string): boolean {
  return slackToken.test(text) || cliqToken.test(text);
}

type Extension = Exclude<NonNullable<Options["extensions"]>[number], readonly unknown[]>;
type Construct = Extract<NonNullable<NonNullable<Extension["text"]>[string]>, { readonly tokenize: unknown }>;
type Tokenize = Construct["tokenize"];

const codes = { "<": 60, ">": 62, "{": 123, "}": 125 } as const;

/** Parses platform tokens as HTML, before a part of them is parsed as something else. */
export const platformTokens: Extension = {
  text: {
    [codes["<"]]: { name: "slackToken", tokenize: between(codes["<"], codes[">"]) },
    [codes["{"]]: { name: "cliqToken", tokenize: between(codes["{"], codes["}"]) },
  },
};

function between(first: number, last: number): Tokenize {
  return (effects, ok, nok) => {
    let text = "";
    const take = (code: number): void => {
      text += String.fromCodePoint(code);
      effects.consume(code);
    };
    const inside: ReturnType<Tokenize> = (code) => {
      if (code === null || code < 0 || code === first) return nok(code);
      take(code);
      return code === last ? end : inside;
    };
    const end: ReturnType<Tokenize> = (code) => {
      if (!isPlatformToken(text)) return nok(code);
      effects.exit("htmlTextData");
      effects.exit("htmlText");
      return ok(code);
    };
    return (code) => {
      effects.enter("htmlText");
      effects.enter("htmlTextData");
      take(code ?? first);
      return inside;
    };
  };
}
