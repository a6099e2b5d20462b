export type RouteParams = Record<string, string>;
/** Returns the parameters if the path segments, still percent-encoded, match the template. */
export type RouteMatcher = (segments: readonly string[]) => RouteParams | undefined;

/**
 * Compiles an ASP.NET route template of literals, `{name}` and, at the end, `{name?}`. Literals ignore case. Values are
 * percent-decoded except for `%2F`, as in ASP.NET. Throws on syntax that the real host supports and this one does not.
 */
export function compileRoute(template: string): RouteMatcher {
  const parts = template.split('/').filter(Boolean).map(compileSegment);
  const required = parts.findLastIndex((part) => !part.optional) + 1;
  if (parts.slice(0, required).some((part) => part.optional)) {
    throw new Error(`route "${template}": optional parameters must come last`);
  }
  return (segments) => {
    if (segments.length < required || segments.length > parts.length) return undefined;
    const params: RouteParams = {};
    for (const [index, segment] of segments.entries()) {
      const part = parts[index];
      const value = decodeSegment(segment);
      if (part?.name !== undefined && value !== '') params[part.name] = value;
      else if (part?.literal !== value.toLowerCase()) return undefined;
    }
    return params;
  };
}

interface Segment {
  literal?: string;
  name?: string;
  optional: boolean;
}

function compileSegment(text: string): Segment {
  const [, name, optional] = /^\{(\w+)(\?)?\}$/.exec(text) ?? [];
  if (name !== undefined) return { name, optional: optional === '?' };
  if (/[{}*]/.test(text))
    throw new Error(`route segment "${text}" is not supported; use a literal, {name} or {name?}`);
  return { literal: text.toLowerCase(), optional: false };
}

function decodeSegment(segment: string): string {
  try {
    return segment
      .split(/(%2f)/i)
      .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
      .join('');
  } catch {
    return segment;
  }
}
