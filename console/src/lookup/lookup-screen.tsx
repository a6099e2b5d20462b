import { useMemo, useState } from 'react';
import { Card } from '../parts/card.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { readSas } from '../read-sas.ts';
import type { ScreenProps } from '../screen-props.ts';
import { LOOKUP_BOX } from '../shell/use-keys.ts';
import { Failure } from '../state/failure.tsx';
import { Found } from './found.tsx';
import type { Look } from './look.ts';
import { LookBox } from './look-box.tsx';
import { Looked } from './looked.tsx';
import { Missing, Unfinished } from './missing.tsx';
import { useLook } from './use-look.ts';

/** `#/lookup`: whose token leaked, what it can do, and what ends it. */
export function LookupScreen({ me }: ScreenProps) {
  const [text, setText] = useState('');
  const pasted = useMemo(() => readSas(text), [text]);
  const { look, ask, check, clear } = useLook(() => setText(''));
  const isReadable = pasted.kind !== 'unreadable';

  const restart = (next: string) => {
    setText(next);
    clear();
  };
  const another = () => {
    restart('');
    setTimeout(() => document.getElementById(LOOKUP_BOX)?.focus());
  };
  const isOver = look.is === 'found' || look.is === 'not-ours';
  return (
    <>
      <PageHead title="Look up" about="Whose is it, what can it do, and what ends with it?" />
      {isOver ? (
        <Looked what={look.what} reply={look.is === 'found' ? look.reply : null} onAnother={another} />
      ) : (
        <LookBox
          text={text}
          pasted={pasted}
          isBusy={look.is === 'asking'}
          canLook={me.roles.includes('auditor')}
          onText={restart}
          onLook={() => (isReadable ? ask(pasted) : undefined)}
          onClear={another}
        >
          <Trouble
            look={look}
            onCheck={() => (isReadable ? check(pasted, text) : undefined)}
            onAsk={(around) => (isReadable ? ask(pasted, around) : undefined)}
          />
        </LookBox>
      )}
      <div className="found">
        {look.is === 'found' ? <Found reply={look.reply} me={me} /> : null}
        {look.is === 'not-ours' ? <NotOurs /> : null}
      </div>
    </>
  );
}

interface TroubleProps {
  readonly look: Look;
  readonly onCheck: () => void;
  readonly onAsk: (around?: string) => void;
}

/** Why there is no answer, and what to do next. What was pasted is still in the box. */
function Trouble({ look, onCheck, onAsk }: TroubleProps) {
  return (
    <div aria-live="polite">
      {look.is === 'missing' ? <Missing canCheck={look.canCheck} onCheck={onCheck} /> : null}
      {look.is === 'unfinished' ? (
        <Unfinished isNarrowed={look.question.expiresAt !== undefined} onAgain={onAsk} />
      ) : null}
      {look.is === 'failed' ? (
        <Failure error={look.error} what="It could not be looked up." onRetry={() => onAsk()} />
      ) : null}
    </div>
  );
}

function NotOurs() {
  return (
    <Card title="Not issued here">
      <p>
        The broker has no record of it, and none of the keys that it tried signed it. If it works all the
        same, another account or an older key signed it.
      </p>
    </Card>
  );
}
