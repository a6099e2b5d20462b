import { Button, MessageBar, MessageBarBody, MessageBarTitle, ProgressBar } from '@fluentui/react-components';
import { CopyButton } from '../parts/copy-button.tsx';
import { useTakeFocus } from '../parts/use-take-focus.ts';
import type { Failure, Outcome } from './act.ts';
import { Command } from './choosing.tsx';

/** While the order is on its way. */
export function Acting() {
  const focus = useTakeFocus<HTMLDivElement>();
  return (
    <div ref={focus} tabIndex={-1} className="watch taken" role="status">
      <ProgressBar aria-label="Sending the order" />
      <p>The order is sent once. Its answer may take some seconds.</p>
    </div>
  );
}

interface Props {
  readonly outcome: Exclude<Outcome, { is: 'ordered' }>;
  readonly choice: string;
  readonly onReadAgain: () => void;
}

/** Says what became of an act that was not carried out, or that may have been. */
export function NotActed({ outcome, choice, onReadAgain }: Props) {
  const focus = useTakeFocus<HTMLDivElement>();
  const { title, text, next } = wordsOf(outcome, choice === 'block');
  return (
    <div ref={focus} tabIndex={-1} className="watch taken" role="alert">
      <MessageBar intent={outcome.is === 'changed' ? 'warning' : 'error'} layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>{title}</MessageBarTitle> {text}
          <Reference failure={outcome.failure} />
        </MessageBarBody>
      </MessageBar>
      {outcome.is === 'by-hand' ? <Command command={outcome.command} /> : null}
      <div className="actions">
        <Button appearance={outcome.is === 'by-hand' ? 'secondary' : 'primary'} onClick={onReadAgain}>
          {next}
        </Button>
      </div>
    </div>
  );
}

function wordsOf(
  { is, failure }: Props['outcome'],
  isBlock: boolean,
): { title: string; text: string; next: string } {
  const detail = failure?.detail ?? 'The broker did not answer.';
  switch (is) {
    case 'by-hand':
      return {
        title: 'Azure refused this; nothing has ended. Run it yourself:',
        text: '',
        next: 'Look at a new plan',
      };
    case 'changed':
      return { title: 'The state has changed since this plan.', text: detail, next: 'Look at the new plan' };
    case 'forbidden':
      return { title: 'You may not do this. Nothing was done.', text: detail, next: 'Back to the plan' };
    case 'refused':
      return {
        title: 'The broker refused this. Nothing was done.',
        text: detail,
        next: 'Look at a new plan',
      };
    case 'unknown':
      return {
        title: isBlock ? 'The caller may be blocked.' : 'It may have been ordered.',
        text: `${detail} Don’t repeat it blindly: a new plan shows what holds now.`,
        next: 'Look at a new plan',
      };
  }
}

function Reference({ failure }: { readonly failure: Failure | null }) {
  const requestId = failure?.requestId ?? null;
  if (requestId === null) return null;
  return (
    <p className="muted">
      <code>{failure?.code}</code> · Request id <code>{requestId}</code>{' '}
      <CopyButton text={requestId} label="Copy the request id" />
    </p>
  );
}
