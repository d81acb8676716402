import { InvalidArgumentError } from "commander";
import { z } from "zod";

/** Parses the value of an option or an argument before the command starts. */
export type ReadValue<Value> = (text: string) => Value;

/** A whole number within bounds, both included. */
export function wholeNumber({ min, max }: { readonly min: number; readonly max: number }): ReadValue<number> {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${min} to ${max}.`);
  };
}

/** A path. Rejects an empty one, as from an unset variable: it would mean the current folder. */
export function path(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("It takes a path.");
}

/** The id of an account, in the spelling of the database. */
export function accountId(text: string): string {
  const id = z.guid().safeParse(text.trim().toLowerCase());
  if (id.success) return id.data;
  throw new InvalidArgumentError("It takes the UUID of an account: column id of table accounts.");
}
