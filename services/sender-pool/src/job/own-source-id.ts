/** Before the id of a command, in the source id under which agents are shown what it posted. */
const prefix = "mio:";

/** The source id of what a command posted; no platform has such ids. */
export function sourceIdOf(commandId: string): string {
  return `${prefix}${commandId}`;
}

/** The command behind such a source id; undefined for an id of a platform. */
export function commandOfSourceId(sourceId: string): string | undefined {
  return sourceId.startsWith(prefix) ? sourceId.slice(prefix.length) : undefined;
}
