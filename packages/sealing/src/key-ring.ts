import { MioError } from "@mio/failure";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

/** Keys by number. One seals; all open. */
export interface KeyRing {
  /** The number of the key that seals. */
  readonly currentVersion: number;
  seal(plaintext: string): Promise<Uint8Array>;
  /** Undefined if no key fits, or the bytes were modified. */
  open(ciphertext: Uint8Array): Promise<string | undefined>;
  /** Whether the current key opens these bytes, so that they need no other key. */
  isCurrent(ciphertext: Uint8Array): Promise<boolean>;
}

/**
 * Reads a file in the format of `age-keygen`: one identity per line, oldest first; blank lines and comments are
 * skipped. Identities are numbered from 1 and the last one seals, unless `currentVersion` names another: that lets a
 * new identity reach every process before it is used. A single identity has the number `currentVersion`.
 *
 * @throws MioError `config.invalid`, with the line number but not the identity.
 */
export async function openKeyRing(identityFile: string, currentVersion?: number): Promise<KeyRing> {
  const identities = parseIdentities(identityFile);
  const version = currentVersion ?? identities.length;
  const current = identities.length === 1 ? identities[0] : identities[version - 1];
  if (current === undefined) {
    throw invalid(`MIO_AGE_KEY_VERSION is ${version}, and there are ${identities.length} identities.`);
  }
  for (const identity of identities) await recipientOf(identity);
  const encrypter = new Encrypter();
  encrypter.addRecipient(await recipientOf(current));
  const openAny = decrypterOf([current, ...identities.filter((identity) => identity !== current)]);
  const openCurrent = decrypterOf([current]);
  return {
    currentVersion: version,
    seal: (plaintext) => encrypter.encrypt(plaintext),
    open: (ciphertext) => tryOpen(openAny, ciphertext),
    isCurrent: async (ciphertext) => (await tryOpen(openCurrent, ciphertext)) !== undefined,
  };
}

/** Generates a new identity file for {@link openKeyRing}, in the format of `age-keygen`. */
export async function generateIdentityFile(now: Date): Promise<string> {
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  return `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity}\n`;
}

function parseIdentities(file: string): readonly string[] {
  const identities = file.split("\n").flatMap((line, index) => {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return [];
    if (/^AGE-SECRET-KEY-1[0-9A-Z]+$/i.test(text)) return [text.toUpperCase()];
    throw invalid(`Line ${index + 1} of MIO_AGE_KEY is not an age identity (AGE-SECRET-KEY-1…).`);
  });
  if (identities.length === 0) throw invalid("MIO_AGE_KEY contains no age identity.");
  return identities;
}

/** The library's own error may quote the invalid identity. */
function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity).catch(() => {
    throw invalid("An age identity in MIO_AGE_KEY is damaged.");
  });
}

function decrypterOf(identities: readonly string[]): Decrypter {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  return decrypter;
}

/** Returns undefined for damaged bytes and for bytes of another key alike. */
function tryOpen(decrypter: Decrypter, ciphertext: Uint8Array): Promise<string | undefined> {
  return decrypter.decrypt(ciphertext, "text").catch(() => undefined);
}

function invalid(message: string): MioError {
  return new MioError("config.invalid", `${message} Generate an identity file with mio credentials keygen.`);
}
