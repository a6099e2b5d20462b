import { Button, Link } from '@fluentui/react-components';
import { useState } from 'react';
import { useOwnGrants } from '../api/queries.ts';
import { ApiProblem } from '../api/problem.ts';
import type { OwnGrant } from '../api/replies.ts';
import { NoGrants } from '../grants/grants-screen.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { placeHref } from '../route/places.ts';
import type { ScreenProps } from '../screen-props.ts';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { askCommand, askScript } from './commands.ts';
import { bodyOf, type Form, isService, openForm, serviceOfForm, withLargest } from './form.ts';
import { grantedLetters } from './letters.ts';
import { LifeField } from './life-field.tsx';
import { MoreFields } from './more-fields.tsx';
import { PermissionFields } from './permission-fields.tsx';
import { ResourceFields } from './resource-fields.tsx';
import { TokenCard } from './token-card.tsx';
import { useExplanation } from './use-explanation.ts';
import { useIssue } from './use-issue.ts';
import { Verdict } from './verdict.tsx';

/** The form of Storage Explorer, answered before anybody presses a button. */
export function GenerateScreen({ me, params }: ScreenProps) {
  const grants = useOwnGrants();
  const count = grants.data?.items.length ?? 0;
  return (
    <>
      <PageHead
        title="Get a token"
        about={
          <>
            A shared access signature for yourself, by your own grants.{' '}
            {count === 0 ? null : <Link href={placeHref('grants')}>You have {count}</Link>}
          </>
        }
      />
      {grants.isError ? (
        <Failure
          error={grants.error}
          what="Your grants could not be read."
          onRetry={() => void grants.refetch()}
        />
      ) : null}
      {grants.isPending ? (
        <section className="card">
          <Loading lines={8} />
        </section>
      ) : null}
      {grants.data === undefined ? null : count === 0 ? (
        <NoGrants me={me} />
      ) : (
        <Ask key={JSON.stringify(params)} grants={grants.data.items} params={params} />
      )}
    </>
  );
}

interface AskProps {
  readonly grants: readonly OwnGrant[];
  readonly params: ScreenProps['params'];
}

function Ask({ grants, params }: AskProps) {
  const [form, setForm] = useState<Form>(() => openForm(grants, params));
  const { issue, ask, drop } = useIssue();
  const body = bodyOf(form);
  const explanation = useExplanation(body);
  const service = serviceOfForm(form, serviceIn(explanation.data));
  const onChange = (part: Partial<Form>) => {
    setForm((former) => ({ ...former, ...part }));
    if (issue.status !== 'none') drop();
  };
  const answer = body === null ? undefined : explanation.data;
  const mayAsk = body !== null && !(explanation.current && answer?.allowed === false && !explanation.isError);
  return (
    <div className="split form">
      <form
        className="card"
        aria-label="Token request"
        onSubmit={(event) => {
          event.preventDefault();
          if (mayAsk) void ask(body);
        }}
      >
        <ResourceFields form={form} onChange={onChange} accounts={accountsOf(grants)} />
        <PermissionFields
          form={form}
          onChange={onChange}
          service={service}
          granted={grantedLetters(grants, service)}
        />
        <LifeField form={form} onChange={onChange} />
        <MoreFields form={form} onChange={onChange} />
        <input type="submit" hidden />
      </form>
      <aside className="card result" aria-live="polite" aria-label="Answer">
        {issue.status === 'got' ? (
          <TokenCard token={issue.token} onDrop={drop} />
        ) : (
          <>
            <Verdict
              explanation={answer}
              error={body === null ? null : explanation.error}
              ttl={form.ttl}
              onLargest={(largest) => setForm(withLargest(form, largest))}
            />
            {issue.status === 'failed' ? <Failed error={issue.error} /> : null}
            {mayAsk && !isIncomplete(explanation.error) ? (
              <AskButton busy={issue.status === 'busy'} onAsk={() => void ask(body)} />
            ) : null}
            {body === null ? null : <FromCode body={body} />}
          </>
        )}
      </aside>
    </div>
  );
}

function AskButton({ busy, onAsk }: { readonly busy: boolean; readonly onAsk: () => void }) {
  return (
    <div className="actions">
      <Button appearance="primary" disabledFocusable={busy} onClick={onAsk}>
        {busy ? 'Asking…' : 'Get the token'}
      </Button>
    </div>
  );
}

const isIncomplete = (error: unknown) => error instanceof ApiProblem && error.code === 'invalid_request';

const accountsOf = (grants: readonly OwnGrant[]): string[] => [
  ...new Set(grants.flatMap(({ resources }) => resources.map((path) => path.split('/')[0] ?? ''))),
];

/** The service that the broker read from the request. */
function serviceIn(explanation: { wouldIssue: unknown; largest: unknown } | undefined) {
  const parts = [explanation?.wouldIssue, explanation?.largest] as (
    { resource?: { service?: string } } | null | undefined
  )[];
  const service = parts.map((part) => part?.resource?.service).find((text) => text !== undefined);
  return isService(service) ? service : null;
}

function Failed({ error }: { readonly error: unknown }) {
  const isUnrecorded = error instanceof ApiProblem && error.code === 'audit_unavailable';
  const seconds = error instanceof ApiProblem ? (error.retryAfter ?? 5) : 5;
  return isUnrecorded ? (
    <Failure
      error={error}
      what={`No record could be written, so no token was made. Try again in ${seconds} s.`}
    />
  ) : (
    <Failure error={error} what="No token was made." />
  );
}

function FromCode({ body }: { readonly body: object }) {
  return (
    <details className="code">
      <summary>The same from your code</summary>
      <h3>Shell</h3>
      <pre tabIndex={0}>{askCommand(location.origin, body)}</pre>
      <h3>JavaScript</h3>
      <pre tabIndex={0}>{askScript(location.origin, body)}</pre>
    </details>
  );
}
