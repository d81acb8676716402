import type { Attachment, RichCard, RichContent } from "@mio/proto";
import { type CliqButton, toButtons } from "./buttons.ts";
import { clamp } from "./clamp.ts";
import { maxCardTitleChars } from "./limits.ts";
import { blockSlides, linkSlides, type Slide } from "./slides.ts";

/** The rich fields in the body of a message; empty ones are absent. */
export interface RichBody {
  readonly card?: CliqCard;
  readonly slides?: readonly Slide[];
  readonly buttons?: readonly CliqButton[];
}

/** NOTE: without `sections`: the API rejects them with 400. */
interface CliqCard {
  readonly title?: string;
  readonly theme?: string;
  readonly thumbnail?: string;
}

/** The rich part of a message; undefined if it is empty. `links` are attachments known only by address. */
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

/** The text for a message without one, which Cliq requires. */
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
