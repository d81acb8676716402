const words = /[^\s,"'<>]+/g;
const namedValues = /((?:password|token|secret)=)[^\s&,"'<>]+/gi;

/** Blanks the `user:password@` of URLs and the values of `password=`, `…token=` and `…secret=` within a text. */
export function hideSecrets(text: string): string {
  return text.replace(words, hideUserInfo).replace(namedValues, "$1[redacted]");
}

/** Up to the last @: a password may contain @ and / although it should not. */
function hideUserInfo(word: string): string {
  const start = word.indexOf("://");
  const end = word.lastIndexOf("@");
  return start < 0 || end < start ? word : `${word.slice(0, start)}://[redacted]${word.slice(end)}`;
}
