import { platformCodeOf } from "../access/failure.ts";
import type { Part } from "../content/write/compose.ts";
import { withoutPictures } from "../content/write/without-pictures.ts";

/**
 * Shows a part, with links for its pictures when Slack refuses it: Slack fetches every picture and takes nothing of a
 * message when one cannot be had. What was refused was surely not shown, so this shows nothing twice.
 */
export async function withPicturesOrLinks<Answer>(
  part: Part,
  show: (part: Part) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await show(part);
  } catch (error) {
    const blocks = platformCodeOf(error) === "invalid_blocks" ? withoutPictures(part.blocks) : undefined;
    if (blocks === undefined) throw error;
    return await show({ ...part, blocks });
  }
}
