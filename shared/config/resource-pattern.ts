import { isPartitionRange, pathSegments, scopeOf, type ServiceResource } from '../azure/resources.ts';
import { type Service, SERVICES } from '../azure/services.ts';
import { hasAsciiControl, hasControl } from '../input/control-characters.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';
import { type Claims, claimValue } from './claim-value.ts';
import { matchesWildcard, type Wildcard } from './wildcard.ts';

/** A compiled resource of a grant. Account and service are literal; the other segments match one by one. */
export interface ResourcePattern {
  readonly source: string;
  readonly account: string;
  readonly service: Service;
  readonly segments: readonly Segment[];
  /** True if the pattern ends with `**`, which matches one or more further segments. */
  readonly openEnded: boolean;
}

/** The parts of a segment in order: text, `*` (any text within the segment) and claims. */
type Segment = readonly SegmentPart[];
type SegmentPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'claim'; readonly claim: string };

const TEMPLATE = /\$\{claims\.([A-Za-z0-9_:./-]{1,128})\}|(\*)|([^*$]+|\$)/g;
const MAX_SEGMENTS = 64;
const MAX_LENGTH = 2048;

/**
 * Compiles `account/service/container/path`. `*` matches any text within one segment, `**` as the last segment matches
 * one or more segments, and `${claims.x}` is replaced with a claim's value, within one segment.
 */
export function compilePattern(source: string): Result<ResourcePattern, Rejection> {
  if (source.length > MAX_LENGTH) return invalid(`must be at most ${MAX_LENGTH} characters`);
  // The text may carry a SAS, so the message does not repeat any of it.
  if (/^[a-z]+:\/\//i.test(source))
    return invalid('must not be a URL; write account/service/container, such as media/blob/photos');
  const [account, service, ...rest] = splitSegments(source);
  if (account === undefined || service === undefined || rest.length === 0)
    return invalid('must be account/service/container or account/service/container/path');
  if (account.includes('*') || account.includes('$'))
    return invalid('must begin with an account name, without wildcards or claims');
  if (!(SERVICES as readonly string[]).includes(service))
    return invalid(`must have one of ${SERVICES.join(', ')} as its second segment`);
  if (rest.length > MAX_SEGMENTS)
    return invalid(`must have at most ${MAX_SEGMENTS} segments after account and service`);
  const openEnded = rest.at(-1) === '**';
  const texts = openEnded ? rest.slice(0, -1) : rest;
  if (texts.length === 0) return invalid('must name a container; use "*" for any container');
  if (texts.some((text) => text.includes('**')))
    return invalid('must use "**" as the whole last segment only');
  const fault = texts.map(segmentFault).find((message) => message !== null);
  if (fault !== undefined) return invalid(fault);
  const segments = texts.map(compileSegment);
  return ok({ source, account, service: service as Service, segments, openEnded });
}

/** Returns the names of the claims in a pattern. */
export function claimsOf(pattern: ResourcePattern): readonly string[] {
  return pattern.segments.flat().flatMap((part) => (part.kind === 'claim' ? [part.claim] : []));
}

/** Returns how much a pattern covers beyond one resource: 0 if it is literal, 1 per `*`, and most for `**`. */
export function wideness(pattern: ResourcePattern): number {
  const wildcards = pattern.segments.flat().filter((part) => part.kind === 'any').length;
  return wildcards + (pattern.openEnded ? 1000 - pattern.segments.length : 0);
}

/** A `/` inside `${…}` is part of a claim's name, because claim names may be URIs. */
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
  if (text === '') return 'must not have empty segments';
  if (text === '.' || text === '..') return 'must not have "." or ".." segments';
  const withoutClaims = text.replace(/\$\{claims\.[A-Za-z0-9_:./-]{1,128}\}/g, '');
  if (/[{}]/.test(withoutClaims) && text.includes('${'))
    return 'must use only templates of the form ${claims.NAME}';
  if (text.includes('\\') || hasAsciiControl(text)) return 'must not have backslashes or control characters';
  return null;
}

function compileSegment(text: string): Segment {
  return [...text.matchAll(TEMPLATE)].map(([, claim, any, literal]): SegmentPart => {
    if (claim !== undefined) return { kind: 'claim', claim };
    return any === undefined ? { kind: 'text', text: literal ?? '' } : { kind: 'any' };
  });
}

/**
 * Returns the patterns of one grant that cover the resource for a caller with `claims`. A token for a directory gives
 * access to the directory and to everything below it, so both must be covered: `x/**` alone covers directories below
 * x, but not x; `x` alone covers nothing below x.
 */
export function findCoveringPatterns(
  patterns: readonly ResourcePattern[],
  resource: ServiceResource,
  claims: Claims,
): ResourcePattern[] {
  const itself = patterns.filter(
    (pattern) => depthFits(pattern, resource) && matchesPath(pattern, resource, claims),
  );
  if (scopeOf(resource) !== 'directory' || itself.length === 0) return itself;
  return patterns.filter((pattern) => pattern.openEnded && matchesPath(pattern, resource, claims));
}

function depthFits({ segments, openEnded }: ResourcePattern, resource: ServiceResource): boolean {
  const depth = pathSegments(resource).length;
  return openEnded ? depth > segments.length : depth === segments.length;
}

/**
 * True if each segment of the pattern matches the path of the resource, which may be longer. Comparison is exact, except
 * for file shares, which ignore the case of ASCII letters: a wider fold than storage's would cover other files.
 */
function matchesPath(pattern: ResourcePattern, resource: ServiceResource, claims: Claims): boolean {
  if (pattern.account !== resource.account || pattern.service !== resource.service) return false;
  const path = pathSegments(resource);
  if (path.length < pattern.segments.length) return false;
  const fold = (text: string) => pathKey(pattern.service, text);
  return pattern.segments.every((segment, index) => {
    const text = path[index] ?? '';
    if (isPartitionRange(text)) return segment.length === 1 && segment[0]?.kind === 'any';
    const wildcard = instantiate(segment, claims);
    return wildcard !== null && matchesWildcard(wildcard.map(fold), fold(text));
  });
}

/** Returns the text that a literal segment must equal, as `pathKey` spells it; null if it has a wildcard or a claim. */
export function literalKey(service: Service, segment: Segment): string | null {
  const texts = segment.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  return texts.length === segment.length ? pathKey(service, texts.join('')) : null;
}

/** Returns a segment of a path as patterns of the service compare it. */
export function pathKey(service: Service, segment: string): string {
  return service === 'file' ? lowerAscii(segment) : segment;
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Replaces the claims of a segment with their values; null if a claim has no usable value. */
function instantiate(segment: Segment, claims: Claims): Wildcard | null {
  const literals = [''];
  for (const part of segment) {
    if (part.kind === 'any') {
      literals.push('');
      continue;
    }
    const text = part.kind === 'text' ? part.text : claimValue(claims, part.claim);
    if (typeof text !== 'string' || (part.kind === 'claim' && !fitsOneSegment(text))) return null;
    literals.push(`${literals.pop() ?? ''}${text}`);
  }
  return literals;
}

/** True if a claim's value can be one segment of a path: it must not name anything but one plain segment. */
export function fitsOneSegment(value: string): boolean {
  const isUnsafe = /[/\\*]|^[. ]|[. ]$/.test(value) || hasControl(value);
  return value !== '' && value.length <= 256 && !isUnsafe && value.normalize('NFC') === value;
}
