export { type Emoji, emojiOfCharacter, emojiOfName } from "./emoji.ts";
