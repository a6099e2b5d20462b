import { isSeveral, pathSegments, scopeOf, type ServiceResource } from '../azure/resources.ts';
import { SERVICES, type Service } from '../azure/services.ts';
import { matchesPieces } from './wildcard.ts';

/** A grant's resource, compiled: account and service are literal, the rest is matched segment by segment. */
export interface ResourcePattern {
  readonly source: string;
  readonly account: string;
  readonly service: Service;
  readonly segments: readonly Segment[];
  /** The pattern ends in `**`: at least one more segment, of any depth. */
  readonly openEnded: boolean;
}

/** A segment is text, `*` (any part of this one segment) and claims, in order. */
type Segment = readonly SegmentPart[];
type SegmentPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'claim'; readonly claim: string };

const TEMPLATE = /\$\{claims\.([A-Za-z0-9_:./-]{1,128})\}|(\*)|([^*$]+|\$)/g;
const MAX_SEGMENTS = 64;
const MAX_LENGTH = 2048;

/**
 * Compiles `account/service/container/path`, where `*` stands for part of one segment, a last `**` for any depth
 * below, and `${claims.x}` for one claim's value within one segment.
 * @returns the pattern, or the message of what is wrong with it.
 */
export function compilePattern(source: string): ResourcePattern | string {
  if (source.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`;
  const [account, service, ...rest] = splitSegments(source);
  if (account === undefined || service === undefined || rest.length === 0)
    return 'must be account/service/container or account/service/container/path';
  if (account.includes('*') || account.includes('$'))
    return 'must name its account; no wildcard stands for one';
  if (!(SERVICES as readonly string[]).includes(service))
    return `must have one of ${SERVICES.join(', ')} as its second segment`;
  if (rest.length > MAX_SEGMENTS) return `must have at most ${MAX_SEGMENTS} segments`;
  const openEnded = rest.at(-1) === '**';
  const texts = openEnded ? rest.slice(0, -1) : rest;
  if (texts.length === 0) return 'must name its container; "*" stands for any one';
  if (texts.some((text) => text.includes('**'))) return '"**" must be the whole last segment';
  const fault = texts.map(segmentFault).find((message) => message !== null);
  if (fault !== undefined) return fault;
  return { source, account, service: service as Service, segments: texts.map(compileSegment), openEnded };
}

/** The claims a pattern's templates read. */
export function claimsOf(pattern: ResourcePattern): readonly string[] {
  return pattern.segments.flat().flatMap((part) => (part.kind === 'claim' ? [part.claim] : []));
}

/** How far a pattern reaches beyond one resource: 0 for a literal one, more for each wildcard, most for `**`. */
export function wideness(pattern: ResourcePattern): number {
  const wildcards = pattern.segments.flat().filter((part) => part.kind === 'any').length;
  return wildcards + (pattern.openEnded ? 1000 - pattern.segments.length : 0);
}

/** A `/` inside `${…}` belongs to a claim's name (claims may be URIs). */
function splitSegments(source: string): string[] {
  const segments = [''];
  let depth = 0;
  for (const character of source) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character === '/' && depth <= 0) segments.push('');
    else segments.push((segments.pop() ?? '') + character);
  }
  return segments;
}

function segmentFault(text: string): string | null {
  if (text === '') return 'must have no empty segments';
  if (text === '.' || text === '..') return 'must have no "." or ".." segments';
  const withoutClaims = text.replace(/\$\{claims\.[A-Za-z0-9_:./-]{1,128}\}/g, '');
  if (/[{}]/.test(withoutClaims) && text.includes('${')) return 'may use ${claims.NAME} templates only';
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(text)) return 'must have no backslashes or control characters';
  return null;
}

function compileSegment(text: string): Segment {
  return [...text.matchAll(TEMPLATE)].map(([, claim, any, literal]): SegmentPart => {
    if (claim !== undefined) return { kind: 'claim', claim };
    return any === undefined ? { kind: 'text', text: literal ?? '' } : { kind: 'any' };
  });
}

/**
 * Whether `pattern` covers the resource for a caller with `claims`. Comparison is exact, except on file shares, which
 * compare names without case. A directory's token opens all below it, so only a pattern of any depth covers one.
 */
export function matches(
  pattern: ResourcePattern,
  resource: ServiceResource,
  claims: Readonly<Record<string, unknown>>,
): boolean {
  if (pattern.account !== resource.account || pattern.service !== resource.service) return false;
  const path = pathSegments(resource);
  if (!depthFits(pattern, path.length, scopeOf(resource) === 'directory')) return false;
  const fold = pattern.service === 'file' ? (text: string) => text.toLowerCase() : (text: string) => text;
  return pattern.segments.every((segment, index) => {
    const text = path[index] ?? '';
    if (isSeveral(text)) return segment.length === 1 && segment[0]?.kind === 'any';
    const pieces = instantiate(segment, claims);
    return (
      pieces !== null &&
      matchesPieces(
        pieces.map((piece) => piece && fold(piece)),
        fold(text),
      )
    );
  });
}

function depthFits({ segments, openEnded }: ResourcePattern, depth: number, directory: boolean): boolean {
  if (directory) return openEnded && depth >= segments.length;
  return openEnded ? depth > segments.length : depth === segments.length;
}

/** Text pieces with null for `*`; null as a whole where a claim has no usable value. */
function instantiate(segment: Segment, claims: Readonly<Record<string, unknown>>): (string | null)[] | null {
  const pieces: (string | null)[] = [];
  for (const part of segment) {
    if (part.kind === 'any') pieces.push(null);
    else if (part.kind === 'text') pieces.push(part.text);
    else {
      const value = Object.hasOwn(claims, part.claim) ? claims[part.claim] : undefined;
      if (typeof value !== 'string' || !fitsOneSegment(value)) return null;
      pieces.push(value);
    }
  }
  return pieces;
}

/** A claim's value must not be able to name anything but one plain segment. */
function fitsOneSegment(value: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
  const unsafe = /[/\\*\u0000-\u001f\u007f-\u009f]|^[. ]|[. ]$/;
  return value !== '' && value.length <= 256 && !unsafe.test(value) && value.normalize('NFC') === value;
}
