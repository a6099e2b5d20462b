import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  OverlayDrawer,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { AuditRecord, Me } from '../api/replies.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { CloseIcon } from '../parts/icons.tsx';
import { placeHref } from '../route/places.ts';
import { operatorLink } from '../plan/operator-link.ts';
import { OtherTokens, RecordCard } from './record-card.tsx';

interface Props {
  /** Null: closed. */
  readonly record: AuditRecord | null;
  readonly me: Me;
  readonly onClose: () => void;
}

/** The record of one row, and what can be done about it. */
export function TokenDrawer({ record, me, onClose }: Props) {
  const [last, setLast] = useState(record);
  // What was open stays on the screen while the drawer closes.
  if (record !== null && record !== last) setLast(record);
  const shown = record ?? last;
  return (
    <OverlayDrawer
      open={record !== null}
      onOpenChange={(_, data) => (data.open ? undefined : onClose())}
      position="end"
      size="medium"
      className="token-drawer"
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          action={<Button appearance="subtle" aria-label="Close" icon={<CloseIcon />} onClick={onClose} />}
        >
          Token
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>{shown === null ? null : <Body record={shown} me={me} />}</DrawerBody>
    </OverlayDrawer>
  );
}

function Body({ record, me }: { readonly record: AuditRecord; readonly me: Me }) {
  const isAuditor = me.roles.includes('auditor');
  const mayPlan = isAuditor || me.roles.includes('operator');
  const isOver = record.state === 'expired' || record.state === 'revoked';
  const link = operatorLink({ token: record.id }, location.href);
  return (
    <RecordCard record={record}>
      {mayPlan && !isOver ? (
        <Button as="a" appearance="primary" href={placeHref('plan', { token: record.id })}>
          End it…
        </Button>
      ) : null}
      {mayPlan && link !== null ? <CopyButton wide text={link} label="Copy link" /> : null}
      {isAuditor ? <OtherTokens record={record} /> : null}
      {mayPlan ? null : (
        <p className="muted">
          Leaked? Tell your security people this id: <code>{record.id}</code>{' '}
          <CopyButton text={record.id} label="Copy the token id" />
        </p>
      )}
    </RecordCard>
  );
}
