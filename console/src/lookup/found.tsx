import { useState } from 'react';
import type { AuditRecord, LookupReply, Me } from '../api/replies.ts';
import { PlanCard } from '../plan/plan-card.tsx';
import { OtherTokens, RecordCard } from '../tokens/record-card.tsx';
import { useEndingBadge } from '../watch/use-ending-badge.ts';
import type { Proof } from '../watch/proof.ts';
import { Foreign } from './foreign.tsx';

interface Props {
  readonly reply: LookupReply;
  readonly me: Me;
}

/** What the broker knows of a token: its records and how to end it, or whose key signed it. */
export function Found({ reply, me }: Props) {
  if (reply.records.length === 0) return <Foreign reply={reply} me={me} />;
  return <Issued records={reply.records} me={me} />;
}

function Issued({ records, me }: { readonly records: readonly AuditRecord[]; readonly me: Me }) {
  const [proof, setProof] = useState<Proof | null>(null);
  const ending = useEndingBadge(proof);
  const newest = [...records].sort((one, other) => other.issuedAt.localeCompare(one.issuedAt));
  // Equal tokens are ended by the same levers.
  const live = newest.find(({ state }) => state === 'live' || state === 'unproved');
  const shown = live ?? newest[0];
  const others = newest.filter(({ id }) => id !== shown?.id);
  return (
    <div className="split even">
      {shown === undefined ? null : (
        <RecordCard record={shown} badge={ending}>
          <OtherTokens record={shown} />
        </RecordCard>
      )}
      {live === undefined ? null : (
        <PlanCard target={{ token: live.id }} me={me} record={live} onProof={setProof} />
      )}
      {others.map((record, index) => (
        <RecordCard key={record.id} record={record} title={`The same token, issued again (${index + 2})`} />
      ))}
    </div>
  );
}
