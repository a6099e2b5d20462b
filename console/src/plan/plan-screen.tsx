import { useQuery } from '@tanstack/react-query';
import { Link } from '@fluentui/react-components';
import { useState } from 'react';
import { callApi } from '../api/api.ts';
import type { AuditRecord, Me } from '../api/replies.ts';
import { PageHead } from '../parts/page-head.tsx';
import { placeHref } from '../route/places.ts';
import type { ScreenProps } from '../screen-props.ts';
import { Empty } from '../state/empty.tsx';
import { OtherTokens, RecordCard } from '../tokens/record-card.tsx';
import { useEndingBadge } from '../watch/use-ending-badge.ts';
import type { Proof } from '../watch/proof.ts';
import { PlanCard } from './plan-card.tsx';
import { type Target, targetOf, targetText } from './target.ts';

/** `#/plan`: the plan of the target that the address names. */
export function PlanScreen({ me, params }: ScreenProps) {
  const target = targetOf(params);
  if (target !== null) return <TargetPlan key={JSON.stringify(target)} me={me} target={target} />;
  return (
    <>
      <PageHead title="End tokens" />
      <section className="card">
        <Empty>
          The address names nothing to end. <Link href={placeHref('lookup')}>Look a token up</Link>, or choose
          one in <Link href={placeHref('tokens')}>Tokens</Link>.
        </Empty>
      </section>
    </>
  );
}

function TargetPlan({ me, target }: { readonly me: Me; readonly target: Target }) {
  const [proof, setProof] = useState<Proof | null>(null);
  const badge = useEndingBadge(proof);
  const record = useRecord('token' in target && me.roles.includes('auditor') ? target.token : null);
  const title = `End ${targetText(target)}`;
  return (
    <>
      <PageHead
        title={title}
        about={'token' in target ? <span className="mono">{target.token}</span> : undefined}
      />
      {record === null ? (
        <PlanCard target={target} me={me} onProof={setProof} />
      ) : (
        <div className="split even">
          <RecordCard record={record} badge={badge}>
            <OtherTokens record={record} />
          </RecordCard>
          <PlanCard target={target} me={me} record={record} onProof={setProof} />
        </div>
      )}
    </>
  );
}

/** The record of a token; null if there is none to be seen. Only auditors see those of others. */
function useRecord(id: string | null): AuditRecord | null {
  const { data } = useQuery({
    queryKey: ['token', id],
    queryFn: ({ signal }) => callApi<AuditRecord>(`tokens/${encodeURIComponent(id ?? '')}`, { signal }),
    enabled: id !== null,
    staleTime: 0,
  });
  return data ?? null;
}
