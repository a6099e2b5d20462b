// eslint-disable-next-line no-control-regex -- this pattern exists to find control characters
const ASCII_CONTROL = /[\u0000-\u001f\u007f]/;

/** True if the text has an ASCII control character, such as CR, LF or NUL. */
export function hasAsciiControl(text: string): boolean {
  return ASCII_CONTROL.test(text);
}

/** True if the text has any Unicode control character: those of ASCII, and U+0080 to U+009F. */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
