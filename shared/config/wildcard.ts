/** Greedy from the left: each piece between wildcards takes its first place, the last one the end. */
export function matchesPieces(pieces: readonly (string | null)[], text: string): boolean {
  const literals = pieces.reduce<string[]>(
    (runs, piece) => (piece === null ? [...runs, ''] : [...runs.slice(0, -1), (runs.at(-1) ?? '') + piece]),
    [''],
  );
  const first = literals[0] ?? '';
  if (literals.length === 1) return text === first;
  const last = literals.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = text.indexOf(literal, at);
    if (found < 0 || found + literal.length > text.length - last.length) return false;
    at = found + literal.length;
  }
  return true;
}

export function piecesOf(pattern: string): (string | null)[] {
  return pattern.split('*').flatMap((text, index) => (index === 0 ? [text] : [null, text]));
}
