export type RouteParams = Record<string, string>;
/** Gives the parameters if the path segments (still percent-encoded) fit, else undefined. */
export type RouteMatcher = (segments: readonly string[]) => RouteParams | undefined;

/**
 * Reads an ASP.NET style template of literals, `{name}` and, at the end, `{name?}`. Literals ignore case; a value is
 * decoded except for `%2F`, as ASP.NET leaves it. Throws on what the real host knows and this one doesn't.
 */
export function compileRoute(template: string): RouteMatcher {
  const parts = template.split('/').filter(Boolean).map(compileSegment);
  const required = parts.findLastIndex((part) => !part.optional) + 1;
  if (parts.slice(0, required).some((part) => part.optional)) {
    throw new Error(`route "${template}": only the last parameters may be optional`);
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
  if (/[{}*]/.test(text)) throw new Error(`route segment "${text}" is not offered, only {name} and {name?}`);
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
