import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  useRestoreFocusTarget,
} from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { callApi } from '../api/api.ts';
import type { RotationState } from '../api/replies.ts';
import { Failure } from '../state/failure.tsx';
import { dayText, lengthText } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useZone } from '../time/zone.ts';
import { ageSeconds } from './account-text.ts';

interface Props {
  readonly state: RotationState;
  /** The account is observed or paused, so a rotation takes it over. */
  readonly takesOver: boolean;
  readonly onActed: () => void;
}

/** Starts a rotation now, with a reason; to take an account over, its name has to be typed. */
export function RotateDialog({ state, takesOver, onActed }: Props) {
  const [open, setOpen] = useState(false);
  const opener = useRestoreFocusTarget();
  const word = takesOver ? 'Take over' : 'Rotate now';
  return (
    <>
      <Button {...opener} size="small" appearance="primary" onClick={() => setOpen(true)}>
        {word}…
      </Button>
      <Dialog open={open} modalType="alert" onOpenChange={(_, data) => setOpen(data.open)}>
        <DialogSurface>
          {open ? (
            <RotateForm
              state={state}
              takesOver={takesOver}
              word={word}
              onClose={() => setOpen(false)}
              onActed={onActed}
            />
          ) : null}
        </DialogSurface>
      </Dialog>
    </>
  );
}

interface FormProps extends Props {
  readonly word: string;
  readonly onClose: () => void;
}

function RotateForm({ state, takesOver, word, onClose, onActed }: FormProps) {
  const { account } = state;
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const order = useOrder(account, () => {
    onActed();
    onClose();
  });
  const ready = reason.trim() !== '' && (!takesOver || typed === account);
  const act = () => {
    if (ready && !order.isPending)
      order.mutate({ reason: reason.trim(), ...(takesOver ? { takeOver: true } : {}) });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        act();
      }}
    >
      <DialogBody>
        <DialogTitle>
          {takesOver ? `Take ${account} over?` : `Rotate the keys of ${account} now?`}
        </DialogTitle>
        <DialogContent className="confirm">
          {takesOver ? <TakeOverText state={state} /> : <RotateText state={state} />}
          <Field label="Reason" required hint="Recorded with your name.">
            <Input value={reason} maxLength={256} onChange={(_, { value }) => setReason(value)} />
          </Field>
          {takesOver ? (
            <Field
              label={
                <>
                  Type <code>{account}</code> to confirm
                </>
              }
              required
            >
              <Input
                className="mono"
                value={typed}
                autoComplete="off"
                spellCheck={false}
                onChange={(_, { value }) => setTyped(value)}
              />
            </Field>
          ) : null}
          {order.isError ? <Failure error={order.error} what="No rotation was started." /> : null}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" appearance="primary" disabled={!ready} disabledFocusable={order.isPending}>
            {word}
          </Button>
        </DialogActions>
      </DialogBody>
    </form>
  );
}

function useOrder(account: string, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: object) =>
      callApi<RotationState>(`accounts/${encodeURIComponent(account)}/rotation`, { method: 'POST', body }),
    onSuccess: (state) => {
      // Its counts are the order's; the screen asks without them.
      queries.setQueryData(['rotation', account], state);
      void queries.invalidateQueries({ queryKey: ['accounts'] });
      void queries.invalidateQueries({ queryKey: ['history', account] });
      onDone();
    },
  });
}

function RotateText({ state }: { readonly state: RotationState }) {
  const zone = useZone();
  const now = useNow();
  const due = state.nextDueAt === null ? null : dayText(new Date(state.nextDueAt), zone, now);
  return (
    <p>
      It starts now{due === null ? '' : ` instead of ${due}`}. No live token breaks:{' '}
      {state.activeKey ?? 'the active key'} is kept until the last one ends.
    </p>
  );
}

function TakeOverText({ state }: { readonly state: RotationState }) {
  const now = useNow();
  const ages = state.keys.map(({ name, createdAt }) => {
    const age = ageSeconds(createdAt, now);
    return `${name} is ${age === null ? 'of unknown age' : `${lengthText(age)} old`}`;
  });
  return (
    <p>
      {ages.join(', ')}. Applications elsewhere may hold either key; nobody can tell. After the takeover both
      are replaced in turn.
    </p>
  );
}
