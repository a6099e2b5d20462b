import { readFields, type SasText } from './pasted/fields.ts';
import { readLogLine } from './pasted/log-line.ts';
import { decodePercents, plainText } from './pasted/plain-text.ts';
import { sasInstant } from './pasted/sas-instant.ts';
import { type FoundSignature, readSignature, type Repair } from './pasted/signature.ts';

/** What was pasted into Look up's box. */
export type Pasted =
  | {
      readonly kind: 'url' | 'token';
      /** The secret part. It stays in this tab: only its hash is sent. */
      readonly signature: string;
      readonly sas: SasText;
      /** What was damaged and how it was read, as sentences. */
      readonly notes: readonly string[];
    }
  | { readonly kind: 'fingerprint'; readonly fingerprint: string }
  | {
      readonly kind: 'log-line';
      readonly fingerprint: string;
      /** When the request was made, as the API expects it. */
      readonly around: string | null;
      readonly sas: SasText;
    }
  /** `why` says what to paste instead. It repeats nothing of the text. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** The body of `POST /tokens/lookup` for a text: nothing of it is secret. */
export interface Question {
  readonly fingerprint: string;
  readonly expiresAt?: string;
  readonly around?: string;
}

/** As long as the broker accepts it for a check of the signature. */
const LONGEST = 16_384;
/** How often a text may have been percent-encoded as a whole. */
const MAX_LAYERS = 5;
const SIGNATURE = /(?<![a-z0-9_])s\n?i\n?g\n?=/gi;
const HEX = /(?<![0-9a-z(])[0-9a-f]{64}(?![0-9a-z)])/gi;

const NOTHING = 'There is no sig= and no fingerprint in this.';
const REPAIRS: Readonly<Record<Repair, string>> = {
  padding: 'The signature had lost its padding “=”, which was added.',
  spaces: 'Spaces in the signature were read as “+”.',
  'url-safe': 'The signature was written in URL-safe base64 and was read as standard base64.',
  encoded: 'The text was percent-encoded more than once.',
};

/** Recognises a SAS URL, a token, a fingerprint or a line of a storage log. Sends nothing. */
export function readSas(text: string): Pasted {
  if (text.length > LONGEST)
    return unreadable(`This text is too long. Paste only the part with sig=, at most ${LONGEST} characters.`);
  const line = readLogLine(text);
  if (line === 'several')
    return unreadable('This has several lines with different signatures. Paste one line.');
  if (line !== null) {
    const { fingerprint, time, sas } = line;
    return { kind: 'log-line', fingerprint, around: sasInstant(time ?? undefined), sas };
  }
  const pasted = readLayers(text);
  if (pasted.kind !== 'unreadable') return pasted;
  const [fingerprint, ...others] = new Set([...text.matchAll(HEX)].map(([digits]) => digits.toLowerCase()));
  return fingerprint !== undefined && others.length === 0 ? { kind: 'fingerprint', fingerprint } : pasted;
}

/** Returns what to ask the broker: the hash of the signature, and what narrows the search. */
export async function questionOf(pasted: Exclude<Pasted, { kind: 'unreadable' }>): Promise<Question> {
  if (pasted.kind === 'fingerprint') return { fingerprint: pasted.fingerprint };
  const fingerprint = pasted.kind === 'log-line' ? pasted.fingerprint : await hashSignature(pasted.signature);
  const expiresAt = sasInstant(pasted.sas.fields.get('se'));
  // The broker accepts one of the two. The expiry is exact.
  if (expiresAt !== null) return { fingerprint, expiresAt };
  return pasted.kind === 'log-line' && pasted.around !== null
    ? { fingerprint, around: pasted.around }
    : { fingerprint };
}

/** Returns the fingerprint of a signature: lower-case hex SHA-256 of its base64. */
async function hashSignature(signature: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(signature)));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function readLayers(text: string): Pasted {
  let first: string | null = null;
  let layer = plainText(text);
  for (let layers = 0; layers <= MAX_LAYERS; layers += 1) {
    const read = readLayer(layer, layers);
    if (read.kind !== 'unreadable') return read;
    if (first === null || first === NOTHING) first = read.why;
    const decoded = plainText(decodePercents(layer));
    if (decoded === layer) break;
    layer = decoded;
  }
  return unreadable(first ?? NOTHING);
}

/** Takes the first whole signature of the text. */
function readLayer(text: string, layers: number): Pasted {
  let why = NOTHING;
  let found: Extract<Pasted, { kind: 'url' | 'token' }> | null = null;
  for (const { index, 0: name } of text.matchAll(SIGNATURE)) {
    const read = readSignature(text, index + name.length);
    if (read.state !== 'whole') {
      if (why === NOTHING) why = damageOf(read);
    } else if (found === null) {
      const sas = readFields(text, index, read.end);
      const repairs = new Set<Repair>([...read.repairs, ...(layers > 0 ? (['encoded'] as const) : [])]);
      const kind = sas.resource === null ? 'token' : 'url';
      found = { kind, signature: read.signature, sas, notes: [...repairs].map((repair) => REPAIRS[repair]) };
    } else if (read.signature !== found.signature) {
      const several = 'The text has several signatures. Only the first is looked up.';
      return { ...found, notes: [...found.notes, several] };
    }
  }
  return found ?? unreadable(why);
}

function damageOf(found: Exclude<FoundSignature, { state: 'whole' }>): string {
  switch (found.state) {
    case 'redacted':
      return 'The signature is redacted here. Paste the line of the storage log with its SasSignature(…), or the URL as it leaked.';
    case 'too-short':
      return `The signature is damaged: it has 44 characters, and only ${found.left} are left. Copy it again.`;
    case 'too-long':
      return 'The signature is damaged: it has 44 characters, and this one has more. Copy it again.';
    case 'absent':
      return NOTHING;
  }
}

const unreadable = (why: string): Pasted => ({ kind: 'unreadable', why });
