import type { Attachment, RichCard, RichContent } from "@mio/proto";
import { type CliqButton, toButtons } from "./buttons.ts";
import { clamp } from "./clamp.ts";
import { maxCardTitleChars } from "./limits.ts";
import { blockSlides, linkSlides, type Slide } from "./slides.ts";

/** What stands beside the text in the body of a message; a key is there only when it is filled. */
export interface RichBody {
  readonly card?: CliqCard;
  readonly slides?: readonly Slide[];
  readonly buttons?: readonly CliqButton[];
}

/** NOTE: never with `sections`: the API refuses them with 400. */
interface CliqCard {
  readonly title?: string;
  readonly theme?: string;
  readonly thumbnail?: string;
}

/** The rich part of a message, or undefined when there is nothing in it. `links` are attachments known by address. */
export function toRichBody(
  content: RichContent | undefined,
  links: readonly Attachment[],
): RichBody | undefined {
  const card = content?.card && toCard(content.card);
  const { buttons, rest } = toButtons(content?.buttons ?? []);
  const slides = [...blockSlides(content?.blocks ?? []), ...rest, ...linkSlides(links)];
  const body: RichBody = {
    ...(card === undefined ? {} : { card }),
    ...(slides.length === 0 ? {} : { slides }),
    ...(buttons.length === 0 ? {} : { buttons }),
  };
  return Object.keys(body).length === 0 ? undefined : body;
}

/** What stands for a message whose sender wrote no text: Cliq takes none without. */
export function titleOf({ card, slides = [], buttons = [] }: RichBody): string {
  const title = card?.title ?? slides.find((slide) => slide.title !== undefined)?.title;
  return title ?? buttons[0]?.label ?? "…";
}

function toCard({ title, theme, thumbnailUrl }: RichCard): CliqCard | undefined {
  const card: CliqCard = {
    ...(title === "" ? {} : { title: clamp(title, maxCardTitleChars) }),
    ...(theme === "" ? {} : { theme }),
    ...(thumbnailUrl === "" ? {} : { thumbnail: thumbnailUrl }),
  };
  return Object.keys(card).length === 0 ? undefined : card;
}
