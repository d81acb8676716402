import { isSubjectToken } from "@mio/envelope";
import { MioError } from "@mio/failure";

/**
 * The subject that selects the messages of a channel or an account, or all messages.
 *
 * @throws MioError `sdk.invalid_option` for a name that cannot be part of a subject.
 */
export function toFilterSubject(options: {
  readonly channelType?: string;
  readonly accountId?: string;
}): string {
  const { channelType, accountId } = options;
  if (channelType === undefined && accountId === undefined) return "mio.inbound_enriched.>";
  return `mio.inbound_enriched.${part("channelType", channelType)}.${part("accountId", accountId)}.*`;
}

function part(option: string, value: string | undefined): string {
  if (value === undefined) return "*";
  if (isSubjectToken(value)) return value;
  throw new MioError("sdk.invalid_option", `\`${option}\` may hold only ASCII letters, digits, _ and -.`);
}
