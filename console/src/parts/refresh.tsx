import { Button } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { RefreshIcon } from './icons.tsx';

interface Props {
  readonly onRefresh: () => void;
  readonly busy: boolean;
  /** When the data is from. */
  readonly children?: ReactNode;
}

/** Says when a list is from, and reads it again. */
export function Refresh({ onRefresh, busy, children }: Props) {
  return (
    <div className="as-of">
      <span className="muted">{children}</span>
      <Button
        size="small"
        appearance="subtle"
        aria-label="Refresh"
        icon={<RefreshIcon className={busy ? 'turning' : ''} />}
        disabledFocusable={busy}
        onClick={onRefresh}
      />
    </div>
  );
}
