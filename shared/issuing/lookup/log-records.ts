import { isContainer } from '../../input/fault-path.ts';
import { parseJson } from '../../input/json-text.ts';

/** The members of a line of a storage log, as text. */
export interface LogRecord {
  /** `identity.tokenHash` or `AuthenticationHash`. */
  readonly hash: string | null;
  readonly uri: string | null;
  readonly time: string | null;
  readonly authorization: string | null;
}

/** Envelopes are a few levels deep: a list of records, a message of a forwarder. */
const MAX_DEPTH = 5;
const MAX_VALUES = 500;

/**
 * Returns the records of a storage log in JSON text, which may have something in front of it or an envelope around it.
 * Returns null if the text is not JSON.
 */
export function logRecordsIn(text: string): LogRecord[] | null {
  const start = text.search(/[{[]/);
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  if (start < 0 || end < start) return null;
  const whole = parseJson(text.slice(start, end + 1));
  const values =
    whole === undefined
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(parseJson)
      : [whole];
  if (values.some((value) => !isContainer(value))) return null;
  const records: LogRecord[] = [];
  collect(values, records, { left: MAX_VALUES }, 0);
  return records;
}

/** Records are not searched further: their texts are the caller's own. */
function collect(value: unknown, records: LogRecord[], budget: { left: number }, depth: number): void {
  budget.left -= 1;
  if (budget.left < 0 || depth > MAX_DEPTH) return;
  const inner = typeof value === 'string' && /^\s?[{[]/.test(value) ? parseJson(value) : value;
  if (!isContainer(inner)) return;
  const record = Array.isArray(inner) ? null : recordOf(inner);
  if (record !== null) records.push(record);
  else for (const member of Object.values(inner)) collect(member, records, budget, depth + 1);
}

function recordOf(value: object): LogRecord | null {
  const members = membersOf(value);
  const text = (...names: readonly string[]): string | null => {
    const found = names.map((name) => members.get(name)).find((member) => typeof member === 'string');
    return typeof found === 'string' ? found : null;
  };
  const given = members.get('identity');
  const identity = typeof given === 'string' ? parseJson(given) : given;
  const inner = isContainer(identity) ? membersOf(identity) : null;
  const hash = inner?.get('tokenhash') ?? text('authenticationhash', 'identity_tokenhash_s');
  const authorization = inner?.get('type') ?? text('authenticationtype', 'identity_type_s');
  const uri = text('uri', 'uri_s');
  const isStorage = inner !== null || hash !== null || authorization !== null;
  if (!isStorage && (uri === null || !members.has('operationname'))) return null;
  return {
    hash: typeof hash === 'string' ? hash : null,
    uri,
    time: text('time', 'timegenerated', 'timegenerated [utc]'),
    authorization: typeof authorization === 'string' ? authorization : null,
  };
}

/** Returns the members under lower-case names: Azure Monitor and Log Analytics spell them differently. */
function membersOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]));
}
