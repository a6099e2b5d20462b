/**
 * Characters that a terminal may obey or that hide text: C0 and C1 controls, escapes, bidirectional overrides, zero-width
 * and other format characters, line separators, lone surrogates, private and unassigned code points.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const COMBINING = /[\p{Mn}\p{Me}]/u;

/** Returns text that is safe to show on a terminal: each dangerous character becomes `\u{…}` with its code in hexadecimal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Returns a value as one line of JSON whose dangerous characters are escaped as JSON allows. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Returns how many columns of a terminal the text fills. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Shortens text to a width. A text that was cut ends with `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${start(text, width - 1)}…`;
}

/** Shortens text to a width, and keeps its start and its end. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const head = start(text, Math.ceil((width - 1) / 2));
  const tail = start(Array.from(text).reverse().join(''), Math.floor((width - 1) / 2));
  return `${head}…${Array.from(tail).reverse().join('')}`;
}

/** Breaks text into lines of at most `width` columns, between words if possible. */
export function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (widthOf(rest) > width) {
    const head = start(rest, Math.max(2, width));
    const space = rest[head.length] === ' ' ? head.length : head.lastIndexOf(' ');
    const line = space > 0 ? rest.slice(0, space) : head;
    lines.push(line);
    rest = rest.slice(line.length).replace(/^ +/, '');
  }
  return [...lines, rest];
}

function start(text: string, width: number): string {
  let kept = '';
  let filled = 0;
  for (const character of text) {
    filled += widthOf(character);
    if (filled > width) break;
    kept += character;
  }
  return kept;
}
