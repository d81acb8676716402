import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { type BlockList, isIP, type LookupFunction } from "node:net";
import { Agent, buildConnector, type Dispatcher } from "undici";
import { type AddressRule, brokenRule } from "./address-rules.ts";

/** The address of a host is not public, so no connection was made to it. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "ERR_ADDRESS_REFUSED";
  readonly rule: AddressRule;

  constructor(rule: AddressRule) {
    super(`The address is refused (${rule}).`);
    this.rule = rule;
  }
}

/**
 * Connections for URLs that came from outside. A name is resolved once per connection, every address of it is checked,
 * and the connection goes to one of these, so a name server cannot answer otherwise after the check.
 */
export function openForeignConnections(
  allowed: BlockList,
  lookup: LookupFunction = systemLookup,
): Dispatcher {
  const connect = buildConnector({ lookup: checked(lookup, allowed) });
  return new Agent({
    connect: (options, callback) => {
      // A literal address is not looked up.
      const host = options.hostname.replace(/^\[|\]$/g, "");
      const rule = isIP(host) === 0 ? undefined : brokenRule(host, allowed);
      if (rule === undefined) connect(options, callback);
      else callback(new AddressRefused(rule), null);
    },
  });
}

function checked(lookup: LookupFunction, allowed: BlockList): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = typeof found === "string" ? [] : found;
      const failure = error ?? refusalOf(addresses, allowed);
      if (failure !== undefined) callback(failure, []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? "", addresses[0]?.family);
    });
  };
}

/** One address that is not public is enough. */
function refusalOf(addresses: readonly LookupAddress[], allowed: BlockList): Error | undefined {
  for (const { address } of addresses) {
    const rule = brokenRule(address, allowed);
    if (rule !== undefined) return new AddressRefused(rule);
  }
  return addresses.length === 0 ? new Error("The host has no address.") : undefined;
}
