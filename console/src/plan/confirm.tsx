import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
} from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { type Confirmation, isConfirmed, LONGEST_REASON } from './act.ts';

interface Props {
  readonly title: string;
  /** What happens, with its numbers. */
  readonly children: ReactNode;
  /** What has to be typed. */
  readonly word: string;
  readonly button: string;
  /** True if it cannot be undone. */
  readonly final: boolean;
  /** The name of the caller who may be blocked with it; null if that is not possible. */
  readonly blockable?: string | null;
  readonly onCancel: () => void;
  readonly onAct: (confirmation: Confirmation) => void;
}

/** Asks for a reason and for the name of what is to end, before the one request that acts. */
export function Confirm({ title, children, word, button, final, blockable = null, onCancel, onAct }: Props) {
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [block, setBlock] = useState(false);
  const confirmation = { reason, typed, block };
  const ready = isConfirmed(confirmation, word);
  return (
    <Dialog open modalType="alert" onOpenChange={(_, data) => (data.open ? undefined : onCancel())}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) onAct(confirmation);
          }}
        >
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent className="confirm">
              {children}
              <Field label="Reason" required hint="Recorded with your name before anything is done.">
                <Input
                  value={reason}
                  maxLength={LONGEST_REASON}
                  autoFocus
                  autoComplete="off"
                  placeholder="Incident 4711: URL in a public build log"
                  onChange={(_, data) => setReason(data.value)}
                />
              </Field>
              <WordField word={word} typed={typed} onTyped={setTyped} />
              {blockable === null ? null : (
                <Checkbox
                  checked={block}
                  onChange={(_, data) => setBlock(data.checked === true)}
                  label={`Block ${blockable} first, so that no new token takes its place`}
                />
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={onCancel}>Cancel</Button>
              <Button type="submit" appearance="primary" className={final ? 'danger' : ''} disabled={!ready}>
                {button}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

interface WordProps {
  readonly word: string;
  readonly typed: string;
  readonly onTyped: (typed: string) => void;
}

/** Where the name of what is to end is typed, or pasted. */
function WordField({ word, typed, onTyped }: WordProps) {
  const label = (
    <>
      Type <code>{word}</code> to confirm
    </>
  );
  return (
    <Field label={label} required>
      <Input
        className="mono"
        value={typed}
        autoComplete="off"
        spellCheck={false}
        onChange={(_, data) => onTyped(data.value)}
      />
    </Field>
  );
}
