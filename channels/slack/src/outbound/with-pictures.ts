import { platformCodeOf } from "../access/failure.ts";
import type { Part } from "../content/write/compose.ts";
import { withoutPictures } from "../content/write/without-pictures.ts";

/**
 * Shows a part; if Slack rejects it, shows it again with links instead of pictures. Slack fetches every picture and
 * rejects the whole message if one fails. A rejected message was not shown, so nothing appears twice.
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
