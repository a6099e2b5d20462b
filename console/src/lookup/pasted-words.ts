import type { Pasted } from '../read-sas.ts';

/** A text that could be read. */
export type Readable = Exclude<Pasted, { kind: 'unreadable' }>;

const KINDS: Readonly<Record<Readable['kind'], string>> = {
  url: 'a SAS URL',
  token: 'a SAS token',
  fingerprint: 'a fingerprint',
  'log-line': 'a line of a storage log',
};

/** Returns what was pasted, in words. */
export const kindText = (pasted: Readable): string => KINDS[pasted.kind];
