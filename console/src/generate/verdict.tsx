import { Badge, Button, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { ApiProblem } from '../api/problem.ts';
import type { Explanation } from '../api/replies.ts';
import { kindText, wordOf } from '../grants/grant-text.ts';
import { Facts } from '../parts/facts.tsx';
import { NoIcon, OkIcon } from '../parts/icons.tsx';
import { Failure } from '../state/failure.tsx';
import { durationText } from '../time/format.ts';

interface Props {
  readonly explanation: Explanation | undefined;
  readonly error: unknown;
  readonly ttl: string;
  readonly onLargest: (largest: Readonly<Record<string, unknown>>) => void;
}

/** What the broker would say to the request. */
export function Verdict({ explanation, error, ttl, onLargest }: Props) {
  if (error instanceof ApiProblem && error.code === 'invalid_request')
    return (
      <>
        <h2>Not a complete request yet</h2>
        <Reasons reasons={error.errors} />
      </>
    );
  if (error !== null && error !== undefined)
    return (
      <>
        <h2>Unknown until you ask</h2>
        <Failure error={error} what="The broker could not say beforehand." />
      </>
    );
  if (explanation === undefined)
    return (
      <>
        <h2>What you would get</h2>
        <p className="muted">
          Name a resource, and the broker says here what it would issue. Nothing is recorded.
        </p>
      </>
    );
  return explanation.allowed ? (
    <Allowed explanation={explanation} ttl={ttl} />
  ) : (
    <Refused explanation={explanation} onLargest={onLargest} />
  );
}

function Allowed({ explanation, ttl }: { readonly explanation: Explanation; readonly ttl: string }) {
  const { kind, kindReason, grant, wouldIssue, largest, narrowerKind, hints } = explanation;
  const names = Array.isArray(wouldIssue?.['permissionNames'])
    ? wouldIssue['permissionNames'].map(String)
    : [];
  const most = typeof largest?.['ttl'] === 'string' ? ` of at most ${durationText(largest['ttl'])}` : '';
  const address = wouldIssue?.['ip'];
  return (
    <>
      <h2>
        <OkIcon className="ok" /> You would get it
      </h2>
      <Facts
        rows={[
          ['By grant', grant],
          [
            'Kind',
            <>
              <Badge appearance="tint" color={kind === 'user-delegation' ? 'success' : 'informative'}>
                {kindText(kind ?? '')}
              </Badge>
              {kindReason === null ? null : <small>{kindReason}</small>}
            </>,
          ],
          ['Allows', names.map(wordOf).join(', ')],
          ['For', `${durationText(ttl)}${most}`],
          [
            'From',
            `${typeof address === 'string' ? address : 'any address'}, ${wouldIssue?.['protocol'] === 'https' ? 'HTTPS only' : 'HTTPS or HTTP'}`,
          ],
        ]}
      />
      <Hints narrowerKind={narrowerKind} hints={hints} />
    </>
  );
}

function Refused({
  explanation,
  onLargest,
}: Pick<Props, 'onLargest'> & { readonly explanation: Explanation }) {
  const { missing, largest, hints } = explanation;
  return (
    <>
      <h2>
        <NoIcon className="no" /> You would be refused
      </h2>
      <Reasons reasons={missing} />
      {largest === null ? null : (
        <>
          <p>
            The most that would pass: <b>{String(largest['permissions'])}</b> for{' '}
            <b>{durationText(String(largest['ttl']))}</b>.
          </p>
          <div className="actions">
            <Button appearance="primary" onClick={() => onLargest(largest)}>
              Use the most that would pass
            </Button>
          </div>
        </>
      )}
      <Hints narrowerKind={null} hints={hints} />
    </>
  );
}

function Reasons({ reasons }: { readonly reasons: readonly { path: string; message: string }[] }) {
  return (
    <ul className="missing">
      {reasons.map(({ path, message }) => (
        <li key={`${path} ${message}`}>
          {path === '' ? null : <code>{path}</code>} {message}
        </li>
      ))}
    </ul>
  );
}

function Hints({ narrowerKind, hints }: Pick<Explanation, 'narrowerKind' | 'hints'>) {
  const texts = [
    ...(narrowerKind === null ? [] : [`A stronger kind would do: ${kindText(narrowerKind)}.`]),
    ...hints,
  ];
  return texts.map((text) => (
    <MessageBar key={text} intent="info" layout="multiline">
      <MessageBarBody>{text}</MessageBarBody>
    </MessageBar>
  ));
}
