import type { ReactNode } from 'react';
import { Facts, Path } from '../parts/facts.tsx';
import { sasWords } from '../pasted/sas-words.ts';
import { sasInstant } from '../pasted/sas-instant.ts';
import { Time } from '../time/time.tsx';
import { Names } from '../tokens/record-card.tsx';
import { kindText, type Readable } from './pasted-words.ts';

/** What a text says of itself, read in this tab. The signature is never shown. */
export function Says({ pasted }: { readonly pasted: Readable }) {
  return (
    <div className="says">
      <h2>It is {kindText(pasted)}</h2>
      {pasted.kind === 'fingerprint' ? null : <Facts rows={rowsOf(pasted)} />}
      {'notes' in pasted
        ? pasted.notes.map((note) => (
            <p key={note} className="muted">
              {note}
            </p>
          ))
        : null}
    </div>
  );
}

function rowsOf(pasted: Exclude<Readable, { kind: 'fingerprint' }>): (readonly [string, ReactNode])[] {
  const { resource, allows, policy, expires, from, signedWith } = sasWords(pasted.sas);
  const isSas = pasted.kind !== 'log-line' || pasted.sas.fields.size > 0;
  const seen = pasted.kind === 'log-line' ? pasted.around : null;
  return [
    ['Seen', seen === null ? null : <Time key="seen" at={seen} />],
    ['Resource', resource === null ? null : <Path key="resource" text={resource} />],
    ...(isSas
      ? ([
          [
            'Allows',
            allows.length === 0 ? 'what its stored policy says' : <Names key="allows" names={allows} />,
          ],
          ['Policy', policy],
          ['Expires', <Expiry key="expires" expires={expires} />],
          ['From', from],
          ['Signed with', signedWith],
        ] as const)
      : []),
    [
      'Signature',
      pasted.kind === 'log-line' ? 'only its hash is in the log' : '•••• hashed here, never sent',
    ],
  ];
}

function Expiry({ expires }: { readonly expires: string | null }) {
  const at = sasInstant(expires ?? undefined);
  if (at !== null) return <Time at={at} />;
  return expires ?? 'when its stored policy says';
}
