export type Path = readonly PropertyKey[];

/**
 * `['grants', 0, 'maxTtl']` → `$.grants[0].maxTtl`, or `grants[0].maxTtl` below a `root` of ''; a name that is no
 * identifier stands in brackets and quotes.
 */
export function formatPath(path: Path, root = '$'): string {
  const whole = path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = String(part);
    return /^[$A-Za-z_][\w$]*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
  }, root);
  return root === '' ? whole.replace(/^\./, '') : whole;
}

/** What stands at `path`, or undefined. */
export function memberAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) => (isContainer(inner) && Object.hasOwn(inner, part) ? inner[part] : undefined),
    value,
  );
}

/** Whether a value has members. */
export function isContainer(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

/** `; did you mean "x"?` with the candidate that differs from `word` by few letters, or nothing. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const limit = Math.min(Math.max(2, Math.floor(word.length / 3)), word.length - 1);
  const near = [...candidates]
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((left, right) => left.distance - right.distance)[0];
  return near === undefined ? '' : `; did you mean "${near.candidate}"?`;
}

/** Levenshtein's: letters to insert, delete or replace. */
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
