/** A compiled pattern: the literal texts before, between and after its wildcards. One literal is a plain text. */
export type Wildcard = readonly string[];

/** Compiles a pattern in which `*` matches any text, also an empty one. */
export function compileWildcard(pattern: string): Wildcard {
  return pattern.split('*');
}

/**
 * True if the whole text matches. The first literal must be the start and the last one the end; each literal between
 * takes its first occurrence after the previous one, so matching never backtracks.
 */
export function matchesWildcard(literals: Wildcard, text: string): boolean {
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
