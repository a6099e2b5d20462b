/** Returns the index after the token that starts at `start`: a string, a punctuation mark, white space, or anything else. */
export function tokenEnd(text: string, start: number): number {
  if (text[start] === '"') return stringEnd(text, start);
  if (isPunctuation(text.charCodeAt(start)) || isSpace(text.charCodeAt(start))) return start + 1;
  let end = start + 1;
  while (end < text.length && !isDelimiter(text.charCodeAt(end))) end += 1;
  return end;
}

/** Returns the name that a string token stands for. Escapes are resolved, so that every spelling of a name counts as one. */
export function memberName(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/** A quote after an odd number of backslashes belongs to the text. A string that never ends takes all the rest. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** `{ } [ ] , :` */
function isPunctuation(code: number): boolean {
  return code === 0x7b || code === 0x7d || code === 0x5b || code === 0x5d || code === 0x2c || code === 0x3a;
}

function isDelimiter(code: number): boolean {
  return isSpace(code) || isPunctuation(code) || code === 0x22;
}
