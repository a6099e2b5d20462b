import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  useRestoreFocusTarget,
} from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { callApi } from '../api/api.ts';
import type { Block } from '../api/replies.ts';
import { Failure } from '../state/failure.tsx';

/** Lifts a block after a question. */
export function LiftDialog({ block }: { readonly block: Block }) {
  const [open, setOpen] = useState(false);
  const opener = useRestoreFocusTarget();
  const queries = useQueryClient();
  const lift = useMutation({
    mutationFn: () => callApi(`callers/blocks/${encodeURIComponent(block.id)}`, { method: 'DELETE' }),
    onSuccess: () => {
      setOpen(false);
      return queries.invalidateQueries({ queryKey: ['blocks'] });
    },
  });
  return (
    <>
      <Button
        {...opener}
        size="small"
        onClick={() => setOpen(true)}
        aria-label={`Lift the block of ${block.subject}`}
      >
        Lift…
      </Button>
      <Dialog open={open} modalType="alert" onOpenChange={(_, data) => setOpen(data.open)}>
        <DialogSurface>
          <DialogBody>
            <DialogTitle>Lift this block?</DialogTitle>
            <DialogContent className="confirm">
              <p>
                <span className="mono">
                  {block.issuer}/{block.subject}
                </span>{' '}
                may get tokens again, by the grants that name them. It was blocked for: {block.reason}
              </p>
              {lift.isError ? <Failure error={lift.error} what="The block was not lifted." /> : null}
            </DialogContent>
            <DialogActions>
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button appearance="primary" disabledFocusable={lift.isPending} onClick={() => lift.mutate()}>
                Lift the block
              </Button>
            </DialogActions>
          </DialogBody>
        </DialogSurface>
      </Dialog>
    </>
  );
}
