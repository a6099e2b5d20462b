import { fail, ok, type Rejection, type Result } from '../../result.ts';
import type { SasFields } from '../../sas/sas-query.ts';
import { addressBefore, fieldsAfter, fieldsBefore } from './pasted-fields.ts';
import { readSignature, type Repair, type SignatureText } from './signature-text.ts';
import { decodePercents, unescapePasted } from './unescape-pasted.ts';

/** What is known of a SAS from its text. */
export interface PastedSas {
  /** Every field but `sig`, decoded. */
  readonly fields: SasFields;
  /** The readings of the URL in front of the query, without it; empty if there is none. */
  readonly urls: readonly string[];
}

/** A SAS with its whole signature. `fields` has it as `sig`. */
export interface WholeSas extends PastedSas {
  readonly signature: string;
  /** What was damaged and could be repaired, for people. */
  readonly notes: readonly string[];
}

/** Why text has no usable signature. `redacted` has what else is known of the SAS. */
export type PastedFault =
  (Rejection<'redacted'> & { readonly sas: PastedSas }) | Rejection<'absent' | 'too-short' | 'too-long'>;

/** How often pasted text may have been percent-encoded as a whole. */
const MAX_LAYERS = 5;
const SIGNATURE = /(?<![a-z0-9_])s\n?i\n?g\n?=/gi;

const REPAIRS: Readonly<Record<Repair, string>> = {
  padding: 'The signature had lost its padding "=", which was added.',
  spaces: 'Spaces in the signature were read as "+".',
  'url-safe': 'The signature was written in URL-safe base64 and was read as standard base64.',
};

/**
 * Finds a SAS in text that was pasted from anywhere: a URL or a query between other words, wrapped, quoted, escaped or
 * percent-encoded more than once. Takes the first that has its whole signature. The time is linear in the length.
 * No message repeats any of the text.
 */
export function readPastedSas(text: string): Result<WholeSas, PastedFault> {
  let first: PastedFault | null = null;
  let layer = unescapePasted(text);
  for (let layers = 0; layers <= MAX_LAYERS; layers += 1) {
    const read = readLayer(layer, layers);
    if (read.ok) return read;
    if (first === null || first.reason === 'absent') first = read.fault;
    const decoded = unescapePasted(decodePercents(layer));
    if (decoded === layer) break;
    layer = decoded;
  }
  return fail(first ?? absent());
}

function readLayer(text: string, outerLayers: number): Result<WholeSas, PastedFault> {
  let fault: PastedFault | null = null;
  const whole = new Map<string, WholeSas>();
  for (const { index, 0: name } of text.matchAll(SIGNATURE)) {
    const read = readSignature(text, index + name.length);
    if (read.state !== 'complete') {
      if (fault === null || fault.reason === 'absent') fault = faultOf(read, text, index);
    } else if (!whole.has(read.signature)) {
      // The text around further signatures is not read, so that a thousand of them cost no more than one.
      const sas = whole.size === 0 ? sasAt(text, index, read) : EMPTY;
      const notes = [
        ...read.repairs.map((repair) => REPAIRS[repair]),
        ...(outerLayers > 0 || read.layers > 1 ? ['The text was percent-encoded more than once.'] : []),
      ];
      whole.set(read.signature, { ...sas, signature: read.signature, notes });
    }
  }
  const [sas] = whole.values();
  if (sas === undefined) return fail(fault ?? absent());
  const several = 'The text has several signatures; only the first was looked up.';
  return ok(whole.size === 1 ? sas : { ...sas, notes: [...sas.notes, several] });
}

const EMPTY: PastedSas = { fields: new Map(), urls: [] };

function faultOf(read: SignatureText, text: string, index: number): PastedFault {
  switch (read.state) {
    case 'redacted':
      return {
        reason: 'redacted',
        message:
          'has a redacted signature; send the whole line of the storage log as logLine, or the hash that it has in SasSignature(…) as fingerprint, together with url',
        sas: sasAt(text, index, { ...read, layers: 1 }),
      };
    case 'too-short':
      return {
        reason: 'too-short',
        message: `has a damaged signature: a signature has 44 characters of base64, and only ${read.left} are left; copy it again`,
      };
    case 'too-long':
      return {
        reason: 'too-long',
        message:
          'has a damaged signature: a signature has 44 characters of base64, and this one has more; copy it again',
      };
    case 'absent':
    case 'complete':
      return absent();
  }
}

function absent(): PastedFault {
  return { reason: 'absent', message: 'has no sig, so it is not a SAS' };
}

function sasAt(
  text: string,
  index: number,
  { end, layers, signature }: { end: number; layers: number; signature?: string },
): PastedSas {
  const before = fieldsBefore(text.slice(0, index));
  const fields = new Map<string, string>();
  for (const [name, raw] of [...before.pairs, ...fieldsAfter(text, end)]) {
    let value = decodePercents(raw.replaceAll('+', ' '));
    for (let layer = 1; layer < layers; layer += 1) value = decodePercents(value);
    if (name !== 'sig' && name !== '' && !fields.has(name)) fields.set(name, value);
  }
  if (signature !== undefined) fields.set('sig', signature);
  const url = before.head === null ? null : addressBefore(before.head);
  if (url === null) return { fields, urls: [] };
  // If the query was encoded once more than usual, the path may have been, too.
  return { fields, urls: [...new Set(layers > 1 ? [url, decodePercents(url)] : [url])] };
}
