const words = /[^\s,"'<>]+/g;
const namedValues = /((?:password|token|secret)=)[^\s&,"'<>]+/gi;

/** Redacts the `user:password@` of URLs and the values of `password=`, `…token=` and `…secret=` in a text. */
export function hideSecrets(text: string): string {
  return text.replace(words, hideUserInfo).replace(namedValues, "$1[redacted]");
}

/** Up to the last @, because a password may contain an unescaped @ or /. */
function hideUserInfo(word: string): string {
  const start = word.indexOf("://");
  const end = word.lastIndexOf("@");
  return start < 0 || end < start ? word : `${word.slice(0, start)}://[redacted]${word.slice(end)}`;
}
