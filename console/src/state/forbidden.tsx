import type { Role } from '../../../shared/config/broker-config.ts';
import { PageHead } from '../parts/page-head.tsx';

interface Props {
  readonly title: string;
  readonly needed: readonly Role[];
  readonly roles: readonly string[];
}

/** Stands in for a screen that the person's roles do not allow. It calls nothing: each refusal would be recorded. */
export function Forbidden({ title, needed, roles }: Props) {
  return (
    <>
      <PageHead title={title} />
      <section className="card">
        <p>
          This needs the role <b>{needed.join(' or ')}</b>. You have:{' '}
          {roles.length === 0 ? 'none' : roles.join(', ')}.
        </p>
        <p className="muted">Whoever deploys the broker gives roles in broker.json.</p>
      </section>
    </>
  );
}
