import { Button, MessageBar, MessageBarBody, useRestoreFocusTarget } from '@fluentui/react-components';
import type { Dispatch } from 'react';
import type { Me } from '../api/replies.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { NotReadToItsEnd } from '../state/at-least.tsx';
import type { BlockedCaller } from './blocked.tsx';
import { CallersTable } from './callers-table.tsx';
import type { Move } from './journey.ts';
import { LeverList } from './lever-list.tsx';
import { leverButton, type Plan, type PlannedLever } from './lever-words.ts';
import { operatorLink } from './operator-link.ts';
import type { Target } from './target.ts';

interface Props {
  readonly target: Target;
  readonly plan: Plan;
  /** The lever that is chosen; null while it is not one. */
  readonly lever: PlannedLever | null;
  readonly choice: string;
  readonly caller: BlockedCaller | null;
  readonly me: Me;
  readonly dispatch: Dispatch<Move>;
}

/** The levers of a plan, and what the chosen one does to whom. */
export function Choosing({ target, plan, lever, choice, caller, me, dispatch }: Props) {
  return (
    <>
      <p className="muted">
        A SAS can’t be taken back: it ends when it expires, or when what signed it does.
      </p>
      {plan.tokens === 0 ? <p>{NOTHING_LIVE}</p> : null}
      {plan.block.active > 0 ? <p>{blockedText(plan)}</p> : null}
      {plan.scannedAll ? null : <NotReadToItsEnd />}
      <LeverList
        plan={plan}
        blockable={caller && (caller.name ?? caller.subject)}
        chosen={choice}
        onChoose={(id) => dispatch({ move: 'choose', choice: id })}
      />
      {lever === null ? null : (
        <>
          <CallersTable callers={lever.kills.callers} linked={me.roles.includes('auditor')} />
          {lever.byHand && lever.command !== null ? <ByHand command={lever.command} /> : null}
        </>
      )}
      {choice === 'wait' ? null : <Notes notes={plan.notes} />}
      <Actions
        target={target}
        lever={lever}
        choice={choice}
        me={me}
        onAsk={() => dispatch({ move: 'ask' })}
      />
    </>
  );
}

const NOTHING_LIVE =
  'Nothing this broker issued is alive there. Others may be: what something else signed is not known here.';

function blockedText({ block }: Plan): string {
  return block.callers === 1
    ? 'The caller is blocked already.'
    : `${block.active} of its callers are blocked already.`;
}

function Notes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <ul className="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </MessageBarBody>
    </MessageBar>
  );
}

function ByHand({ command }: { readonly command: string }) {
  return (
    <>
      <p>The broker doesn’t pull this lever here. Run it yourself:</p>
      <Command command={command} />
    </>
  );
}

/** A command for a shell. It never holds a key. */
export function Command({ command }: { readonly command: string }) {
  return (
    <div className="command">
      <pre tabIndex={0}>{command}</pre>
      <CopyButton text={command} label="Copy the command" />
    </div>
  );
}

interface ActionProps extends Pick<Props, 'target' | 'lever' | 'choice' | 'me'> {
  readonly onAsk: () => void;
}

function Actions({ target, lever, choice, me, onAsk }: ActionProps) {
  const opener = useRestoreFocusTarget();
  const isOperator = me.roles.includes('operator');
  const link = operatorLink(target, location.href);
  return (
    <>
      {isOperator ? null : (
        <p className="muted">
          You may look, not act. An operator opens the link and decides on the same plan.
        </p>
      )}
      <div className="actions end">
        {link === null ? (
          <span />
        ) : (
          <CopyButton wide text={link} label="Copy link for an operator" primary={!isOperator} />
        )}
        {!isOperator ? null : choice === 'wait' ? (
          <Button disabled>Nothing to do</Button>
        ) : lever?.byHand === true ? null : (
          <Button {...opener} appearance="primary" className={lever === null ? '' : 'danger'} onClick={onAsk}>
            {lever === null ? 'Block the caller' : leverButton(lever)}…
          </Button>
        )}
      </div>
    </>
  );
}
