import { looksSecret } from '../input/secret-text-rule.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';
import { type Claims, claimValue } from './claim-value.ts';
import { fitsOneSegment, type ResourcePattern } from './resource-pattern.ts';

type Part = ResourcePattern['segments'][number][number];

/**
 * Returns the text of a pattern with the caller's claims filled in, such as `media/blob/uploads/0c0f…/**`. The fault
 * says why the pattern can match nothing for this caller; it never has the claim's value.
 */
export function fillPattern(pattern: ResourcePattern, claims: Claims): Result<string, Rejection> {
  const segments: string[] = [];
  for (const segment of pattern.segments) {
    const texts: string[] = [];
    for (const part of segment) {
      const text = fillPart(part, claims);
      if (!text.ok) return text;
      texts.push(text.value);
    }
    segments.push(texts.join(''));
  }
  const { account, service, openEnded } = pattern;
  const path = [account, service, ...segments, ...(openEnded ? ['**'] : [])].join('/');
  // A request whose names contain such text is refused.
  return looksSecret(path)
    ? invalid('with its claims filled in, it has what looks like a SAS or a key')
    : ok(path);
}

function fillPart(part: Part, claims: Claims): Result<string, Rejection> {
  if (part.kind === 'text') return ok(part.text);
  if (part.kind === 'any') return ok('*');
  const value = claimValue(claims, part.claim);
  if (value === undefined) return invalid(`your bearer token has no claim "${part.claim}"`);
  if (typeof value !== 'string') return invalid(`the claim "${part.claim}" is not one text`);
  if (fitsOneSegment(value)) return ok(value);
  return invalid(
    `the value of the claim "${part.claim}" cannot be one segment of a path: it must be 1 to 256 characters in Unicode form NFC, without "/", "\\", "*" and control characters, and must not begin or end with a dot or a space`,
  );
}
