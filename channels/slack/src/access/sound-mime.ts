/** The type of a file; a voice clip is sound, in a container that also takes pictures. */
export function soundMime({
  mimetype,
  subtype,
}: {
  readonly mimetype: string;
  readonly subtype: string;
}): string {
  return subtype === "slack_audio" ? mimetype.replace(/^video\//, "audio/") : mimetype;
}
