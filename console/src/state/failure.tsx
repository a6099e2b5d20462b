import {
  Button,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { ApiProblem } from '../api/problem.ts';
import { CopyButton } from '../parts/copy-button.tsx';

interface Props {
  readonly error: unknown;
  /** What failed: "The accounts could not be read." */
  readonly what: string;
  readonly onRetry?: () => void;
}

/** Says why something failed, in the broker's words, with what a person needs to report it. */
export function Failure({ error, what, onRetry }: Props) {
  const problem = error instanceof ApiProblem ? error : null;
  if (problem?.code === 'session_ended') return null;
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>{what}</MessageBarTitle> {problem?.message ?? 'Something went wrong in this page.'}
        {problem?.errors.map(({ path, message }) => (
          <p key={`${path} ${message}`}>
            {path === '' ? null : <code>{path}</code>} {message}
          </p>
        ))}
        {problem === null || problem.status === 0 ? null : (
          <p className="muted">
            <code>{problem.code}</code>
            {problem.requestId === null ? null : (
              <>
                {' '}
                · Request id <code>{problem.requestId}</code>{' '}
                <CopyButton text={problem.requestId} label="Copy the request id" />
              </>
            )}
          </p>
        )}
      </MessageBarBody>
      {onRetry === undefined ? null : (
        <MessageBarActions>
          <Button size="small" onClick={onRetry}>
            Try again
          </Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
