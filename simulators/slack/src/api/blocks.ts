import { z } from "zod";

const maxBlocks = 50;

const text = (max: number) => z.string().min(1).max(max);
const plain = (max: number) => z.looseObject({ type: z.literal("plain_text"), text: text(max) });
const anyText = (max: number) => z.looseObject({ type: z.enum(["plain_text", "mrkdwn"]), text: text(max) });
const base = { block_id: z.string().max(255).exactOptional() };
const url = z.string().max(3_000);
const image = { image_url: url.exactOptional(), alt_text: text(2_000) };

const button = z.looseObject({
  type: z.literal("button"),
  text: plain(75),
  action_id: z.string().max(255).exactOptional(),
  url: url.exactOptional(),
  value: z.string().max(2_000).exactOptional(),
  style: z.enum(["primary", "danger"]).exactOptional(),
});
const otherElement = z.looseObject({
  type: z.enum([
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "overflow",
    "datepicker",
    "timepicker",
    "datetimepicker",
    "radio_buttons",
    "checkboxes",
    "workflow_button",
    "feedback_buttons",
    "icon_button",
  ]),
});
const imageElement = z.looseObject({ type: z.literal("image"), ...image });
const element = z.union([button, otherElement]);
const cell = z.looseObject({ type: z.enum(["raw_text", "raw_number", "rich_text"]) });

/** The blocks of messages, with the limits in Slack's documentation. */
const block = z.union([
  z.looseObject({
    type: z.literal("section"),
    ...base,
    text: anyText(3_000).exactOptional(),
    fields: z.array(anyText(2_000)).min(1).max(10).exactOptional(),
    accessory: z.union([element, imageElement]).exactOptional(),
  }),
  z.looseObject({ type: z.literal("divider"), ...base }),
  z.looseObject({ type: z.literal("header"), ...base, text: plain(150) }),
  z.looseObject({ type: z.literal("image"), ...base, ...image, title: plain(2_000).exactOptional() }),
  z.looseObject({ type: z.literal("actions"), ...base, elements: z.array(element).min(1).max(25) }),
  z.looseObject({
    type: z.literal("context"),
    ...base,
    elements: z
      .array(z.union([anyText(2_000), imageElement]))
      .min(1)
      .max(10),
  }),
  z.looseObject({ type: z.literal("markdown"), ...base, text: text(12_000) }),
  z.looseObject({ type: z.literal("rich_text"), ...base, elements: z.array(z.looseObject({})).min(1) }),
  z.looseObject({
    type: z.literal("table"),
    ...base,
    rows: z.array(z.array(cell).max(20)).min(1).max(100),
  }),
  z.looseObject({
    type: z.enum([
      "context_actions",
      "file",
      "input",
      "video",
      "card",
      "carousel",
      "alert",
      "plan",
      "task_card",
    ]),
    ...base,
  }),
]);

/** The problems of blocks, worded as Slack words them. Empty when the blocks can be posted. */
export function findBlockProblems(blocks: unknown): readonly string[] {
  if (!Array.isArray(blocks)) return ["[ERROR] must provide an array [json-pointer:/blocks]"];
  if (blocks.length > maxBlocks)
    return [`[ERROR] no more than ${maxBlocks} items allowed [json-pointer:/blocks]`];
  return blocks.flatMap((candidate: unknown, index) => {
    const at = `[json-pointer:/blocks/${index}]`;
    if (!block.safeParse(candidate).success) return [`[ERROR] unsupported or invalid block ${at}`];
    const { type } = z.looseObject({ type: z.string() }).parse(candidate);
    const isEmptySection =
      type === "section" &&
      !z
        .union([z.looseObject({ text: z.unknown() }), z.looseObject({ fields: z.unknown() })])
        .safeParse(candidate).success;
    return isEmptySection ? [`[ERROR] missing required field: text ${at}`] : [];
  });
}
