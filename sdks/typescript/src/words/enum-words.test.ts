import {
  Attachment_ErrorCodeSchema,
  Attachment_KindSchema,
  ConversationKindSchema,
  DeliveryReceipt_StateSchema,
  MessageRelation_KindSchema,
  RichButton_StyleSchema,
  RichButtonAction_KindSchema,
  SendCommand_EditFallbackSchema,
  SendCommand_StageSchema,
} from "@mio/proto";
import { describe, expect, it } from "vitest";
import {
  attachmentErrorCodes,
  attachmentKinds,
  buttonActionKinds,
  buttonStyles,
  conversationKinds,
  editFallbacks,
  receiptStates,
  relationKinds,
  stages,
  toEnum,
  toWord,
} from "./enum-words.ts";

/** Programs leave these out instead of saying that they are unspecified. */
const optional: ReadonlySet<unknown> = new Set([stages, editFallbacks, buttonStyles, buttonActionKinds]);

describe.each([
  ["conversation kinds", conversationKinds, ConversationKindSchema],
  ["relation kinds", relationKinds, MessageRelation_KindSchema],
  ["attachment kinds", attachmentKinds, Attachment_KindSchema],
  ["attachment error codes", attachmentErrorCodes, Attachment_ErrorCodeSchema],
  ["receipt states", receiptStates, DeliveryReceipt_StateSchema],
  ["stages", stages, SendCommand_StageSchema],
  ["edit fallbacks", editFallbacks, SendCommand_EditFallbackSchema],
  ["button styles", buttonStyles, RichButton_StyleSchema],
  ["button actions", buttonActionKinds, RichButtonAction_KindSchema],
])("the words for %s", (_, words: Readonly<Record<number, string | undefined>>, schema) => {
  it("cover every value of the contract, each with a word of its own that maps back", () => {
    const numbers = schema.values.map(({ number }) => number);
    expect(Object.keys(words).map(Number)).toEqual(numbers);
    const named = numbers.filter((number) => number > 0 || !optional.has(words));
    const found = named.map((number) => words[number] ?? "missing");
    expect(new Set(found).size).toBe(named.length);
    expect(found.map((word) => toEnum(words, word))).toEqual(named);
  });

  it("have a fallback for a value of a later version", () => {
    expect(toWord(words, 99, "later")).toBe("later");
  });

  it("refuse a word that does not exist, and list those that do", () => {
    const [known = ""] = Object.values(words).filter((word) => word !== undefined);
    expect(() => toEnum(words, "no such word")).toThrow(`"no such word" is not one of`);
    expect(() => toEnum(words, "no such word")).toThrow(`"${known}"`);
  });
});
