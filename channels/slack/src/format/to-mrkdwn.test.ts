import { describe, expect, it } from "vitest";
import { toMrkdwn } from "./to-mrkdwn.ts";

const fence = "```";

describe("toMrkdwn", () => {
  it.each([
    ["hello **world**", "hello *world*"],
    ["a & b < c > d", "a &amp; b &lt; c &gt; d"],
    ["[click here](https://example.com)", "<https://example.com|click here>"],
    ["[x](https://e.com/?a=1&b=2)", "<https://e.com/?a=1&amp;b=2|x>"],
    ["<p>paragraph</p>", "\nparagraph\n"],
    ["hey <@U123456> check", "hey <@U123456> check"],
    ["use `a < b & c` ", "use `a &lt; b &amp; c` "],
    ["| A |\n|---|\nmore text", `${fence}\n| A |\n${fence}\nmore text`],
    ["# **Title**", "*Title*"],
    ["__init__.py", "__init__.py"],
    ["![alt](https://e.com/i.png)", "<https://e.com/i.png|alt>"],
    ["&amp; x", "&amp; x"],
    ["| **A** |\n|---|\n| *b* |", `${fence}\n| **A** |\n| *b* |\n${fence}`],
    [`a ${fence}b${fence} c ${fence}d`, `a ${fence}b${fence} c ${fence}d`],
    ["*i*", "_i_"],
    ["## Title ##", "*Title*"],
    ["## C#", "*C#*"],
    ["| A |\n| --- --- |\n| b |", `${fence}\n| A |\n| b |\n${fence}`],
    ["| A |\n|::|\n| b |", `${fence}\n| A |\n|::|\n| b |\n${fence}`],
    ["see https://e.com/a_b!).", "see https://e.com/a_b!)."],
  ])("converts %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["one<br>two<BR/>three", "one\ntwo\nthree"],
    ["<b>x</b> <STRONG>y</STRONG>", "*x* *y*"],
    ["<i>x</i> <em>y</em>", "_x_ _y_"],
    ["<s>x</s> <strike>y</strike> <del>z</del>", "~x~ ~y~ ~z~"],
    ["<code>a < b</code>", "`a &lt; b`"],
    ['<a href="https://e.com">t</a>', "<https://e.com|t>"],
    ["<a class=\"c\" href='https://e.com'><b>t</b></a>", "<https://e.com|t>"],
    ["<b><i>x</i></b>", "*_x_*"],
    ["<div>x</div>", "&lt;div&gt;x&lt;/div&gt;"],
    ["`<b>`", "`&lt;b&gt;`"],
  ])("understands the HTML of %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["***x***", "*_x_*"],
    ["**a *b* c**", "*a _b_ c*"],
    ["__bold__ and _italic_", "*bold* and _italic_"],
    ["__bold__.", "*bold*."],
    ["~~gone~~", "~gone~"],
    ["2*3*4 and 2 * 3 * 4", "2*3*4 and 2 * 3 * 4"],
    ["* item", "* item"],
    ["snake_case __dunder", "snake_case __dunder"],
    ["obj.__dict__(x)", "obj.__dict__(x)"],
    ["**a\nb**", "**a\nb**"],
    ["** not bold **", "** not bold **"],
    ["## Title ##", "*Title*"],
    ["# a **b** c", "*a b c*"],
    ["#hashtag", "#hashtag"],
    ["> quote", "&gt; quote"],
  ])("marks %j as Slack does", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["**[t](https://e.com)**", "*<https://e.com|t>*"],
    ["[**t**](https://e.com)", "<https://e.com|t>"],
    ["[w](https://en.wikipedia.org/wiki/A_(b))", "<https://en.wikipedia.org/wiki/A_(b)|w>"],
    ['[t](https://e.com "title")', "<https://e.com|t>"],
    ["[a > b](https://e.com/a|b)", "<https://e.com/a%7Cb|a &gt; b>"],
    ["![](https://e.com/i.png)", "<https://e.com/i.png>"],
    ["[read](./README.md)", "read (./README.md)"],
    ["[x](javascript:alert)", "x (javascript:alert)"],
    ["https://e.com/__a__/b?x=1&y=2.", "https://e.com/__a__/b?x=1&amp;y=2."],
    ["**https://e.com/a_b**", "*https://e.com/a_b*"],
    ["<https://e.com/?a=1&b=2|t> <!here> <#C1|c>", "<https://e.com/?a=1&amp;b=2|t> <!here> <#C1|c>"],
    ["[`code`](https://e.com)", "<https://e.com|`code`>"],
  ])("links %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    [
      `${fence}js\nlet a = "**x**" && <b>;\n${fence}`,
      `${fence}\nlet a = "**x**" &amp;&amp; &lt;b&gt;;\n${fence}`,
    ],
    [`${fence}\n&amp; <@U1>\n${fence}`, `${fence}\n&amp;amp; &lt;@U1&gt;\n${fence}`],
    ["``a`b``", "``a`b``"],
    ["a ` b", "a ` b"],
    ["`**x**` **`y`**", "`**x**` *`y`*"],
  ])("leaves the code of %j alone", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it("is not confused by the characters it marks spans with", () => {
    expect(toMrkdwn("\ue0000\ue001 `x` **y** \ue002")).toBe("\ue0000\ue001 `x` *y* \ue002");
  });
});
