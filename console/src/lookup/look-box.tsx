import { Button, Field, Textarea } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { LockIcon } from '../parts/icons.tsx';
import type { Pasted } from '../read-sas.ts';
import { LOOKUP_BOX } from '../shell/use-keys.ts';
import { useNarrow } from '../theme/use-media.ts';
import { Says } from './says.tsx';

interface Props {
  readonly text: string;
  readonly pasted: Pasted;
  readonly isBusy: boolean;
  /** False if the person may not look tokens up: the box still reads what they say of themselves. */
  readonly canLook: boolean;
  readonly onText: (text: string) => void;
  readonly onLook: () => void;
  readonly onClear: () => void;
  readonly children?: ReactNode;
}

/** The box for what leaked. Its text is nowhere but in this tab's memory. */
export function LookBox({ text, pasted, isBusy, canLook, onText, onLook, onClear, children }: Props) {
  const narrow = useNarrow();
  const isReadable = pasted.kind !== 'unreadable';
  const fault = text.trim() === '' || isReadable ? null : pasted.why;
  return (
    <section className="card look" aria-label="What leaked">
      <Field
        label="SAS URL, token, fingerprint, or a line of a storage log"
        hint={<Assurance />}
        validationState={fault === null ? 'none' : 'error'}
        validationMessage={fault}
      >
        <Textarea
          id={LOOKUP_BOX}
          className="mono"
          rows={narrow ? 5 : 3}
          resize="vertical"
          value={text}
          spellCheck={false}
          autoComplete="off"
          placeholder="https://….blob.core.windows.net/…?sv=…&sig=…"
          onChange={(_, data) => onText(data.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return;
            event.preventDefault();
            if (isReadable && canLook && !isBusy) onLook();
          }}
        />
      </Field>
      <div className="actions">
        {canLook ? (
          <Button appearance="primary" disabled={!isReadable} disabledFocusable={isBusy} onClick={onLook}>
            {isBusy ? 'Looking…' : 'Look up'}
          </Button>
        ) : null}
        <Button appearance="subtle" disabled={text === ''} onClick={onClear}>
          Clear
        </Button>
      </div>
      {canLook ? null : (
        <p className="muted">
          Looking up needs the role auditor. What it says of itself is read here all the same.
        </p>
      )}
      {isReadable ? <Says pasted={pasted} /> : null}
      {children}
    </section>
  );
}

function Assurance() {
  return (
    <span className="hint">
      <LockIcon /> Stays in this tab. The signature is hashed here and never sent, and nothing of it enters
      the address, the history or a log.
    </span>
  );
}
