// Up to the last @ that can still belong to it: a password may contain @ and / although it should not.
const userInfo = /:\/\/[^\s,"'<>]*@/g;
const namedValues = /\b([\w-]*(?:password|token|secret)=)[^\s&,"'<>]+/gi;

/** Blanks the `user:password@` of URLs and the values of `password=`, `…token=` and `…secret=` within a text. */
export function hideSecrets(text: string): string {
  return text.replace(userInfo, "://[redacted]@").replace(namedValues, "$1[redacted]");
}
