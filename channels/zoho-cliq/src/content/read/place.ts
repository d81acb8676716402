import type { ReadPart } from "./card.ts";
import { type Fields, fieldsOf, isEmpty, word } from "./fields.ts";

/** A shared place or contact, in words. */
export function readPlace({ location, contact }: Fields): ReadPart {
  const words = { location: locationWords(fieldsOf(location)), contact: contactWords(fieldsOf(contact)) };
  const missing = { location, contact };
  const texts = Object.values(words).filter((text) => text !== "");
  const unread = (["location", "contact"] as const).filter(
    (key) => words[key] === "" && !isEmpty(missing[key]),
  );
  return { texts, unread };
}

function locationWords({ latitude, longitude, name, address }: Fields): string {
  const where = [latitude, longitude].map((degree) => word(degree));
  if (where.includes("")) return "";
  return ["Location", word(name), word(address), where.join(", ")].filter(Boolean).join(": ");
}

function contactWords(contact: Fields): string {
  const { name, first_name, last_name, email, email_id, phone, mobile } = contact;
  const full = [first_name, last_name]
    .map((part) => word(part))
    .filter(Boolean)
    .join(" ");
  const facts = [word(name) || full, ...[email, email_id, phone, mobile].map((fact) => word(fact))];
  const present = facts.filter((fact) => fact !== "");
  return present.length === 0 ? "" : `Contact: ${present.join(", ")}`;
}
