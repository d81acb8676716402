/** The MIME type of a file. A voice clip is audio, although Slack gives it a video type. */
export function soundMime({
  mimetype,
  subtype,
}: {
  readonly mimetype: string;
  readonly subtype: string;
}): string {
  return subtype === "slack_audio" ? mimetype.replace(/^video\//, "audio/") : mimetype;
}
