/** A similar name costs far more to find than the fault itself, so only this many unknown names get a hint. */
export const MAX_HINTS = 20;

/** Returns `; did you mean "x"?` with the candidate most similar to `word`, or '' if none is similar. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const limit = Math.min(Math.max(2, Math.floor(word.length / 3)), word.length - 1);
  const near = [...candidates]
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((left, right) => left.distance - right.distance)[0];
  return near === undefined ? '' : `; did you mean "${near.candidate}"?`;
}

/** Returns the Levenshtein distance: how many letters to insert, delete or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
