/**
 * Whether an operator redrove a message for another durable. Then this durable acknowledges it without handling it.
 *
 * @param redriveDurable the value of the header `Mio-Redrive-Durable`
 */
export function isForOtherDurable(redriveDurable: string | undefined, durable: string): boolean {
  return redriveDurable !== undefined && redriveDurable !== durable;
}
