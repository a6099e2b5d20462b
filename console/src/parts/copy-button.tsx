import { Button, Tooltip } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { CopyIcon, DoneIcon } from './icons.tsx';

interface Props {
  readonly text: string;
  /** What the button says; without `wide`, only to a screen reader and as a tooltip. */
  readonly label: string;
  readonly wide?: boolean;
  readonly primary?: boolean;
}

/** Copies a text, and says for a moment that it did. */
export function CopyButton({ text, label, wide = false, primary = false }: Props) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('The browser did not allow it'),
    );
  const icon = said === 'Copied' ? <DoneIcon /> : <CopyIcon />;
  if (wide)
    return (
      <Button appearance={primary ? 'primary' : 'secondary'} icon={icon} onClick={copy} aria-live="polite">
        {said ?? label}
      </Button>
    );
  return (
    <Tooltip content={said ?? label} relationship="label">
      <Button className="copy" size="small" appearance="transparent" icon={icon} onClick={copy} />
    </Tooltip>
  );
}
