import type { SasText } from './fields.ts';

const NAMES: Readonly<Record<string, string>> = {
  r: 'read',
  a: 'add',
  c: 'create',
  w: 'write',
  d: 'delete',
  x: 'delete version',
  y: 'permanent delete',
  l: 'list',
  t: 'tags',
  f: 'filter',
  m: 'move',
  e: 'execute',
  o: 'ownership',
  p: 'permissions',
  i: 'set immutability policy',
  u: 'update',
};

/** What a SAS says of itself, for people to read. Nothing here was checked by anyone. */
export interface SasWords {
  readonly resource: string | null;
  /** Names of permissions; empty if a stored policy gives them. */
  readonly allows: readonly string[];
  readonly policy: string | null;
  /** As spelled. */
  readonly expires: string | null;
  readonly from: string;
  readonly signedWith: string;
}

/** Puts the fields of a SAS into words. */
export function sasWords({ fields, resource }: SasText): SasWords {
  const isQueue = /\.queue\./i.test(resource ?? '');
  const letters = (fields.get('sp') ?? '').match(/./gu) ?? [];
  return {
    resource,
    allows: letters.map((letter) => (isQueue && letter === 'p' ? 'process' : (NAMES[letter] ?? letter))),
    policy: fields.get('si') ?? null,
    expires: fields.get('se') ?? null,
    from: fields.get('sip') ?? 'any address',
    signedWith: signedWith(fields),
  };
}

function signedWith(fields: ReadonlyMap<string, string>): string {
  if (fields.has('skoid')) return 'a user delegation key';
  return fields.has('ss') ? 'an account key (account SAS)' : 'an account key';
}
