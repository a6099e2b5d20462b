import { Button } from '@fluentui/react-components';
import type { LookupReply } from '../api/replies.ts';
import { LockIcon, SearchIcon } from '../parts/icons.tsx';
import { useTakeFocus } from '../parts/use-take-focus.ts';
import { placeOf } from '../tokens/record-words.ts';

interface Props {
  readonly what: string;
  readonly reply: LookupReply | null;
  readonly onAnother: () => void;
}

/** Stands in for the box once the text is dropped: screens are shared in incidents. */
export function Looked({ what, reply, onAnother }: Props) {
  const focus = useTakeFocus<HTMLElement>();
  const record = reply?.records[0];
  const place = record === undefined ? undefined : placeOf(record.resource);
  const on =
    record === undefined ? '' : ` of ${record.resource.account}${place === undefined ? '' : `/${place}`}`;
  return (
    <section
      ref={focus}
      tabIndex={-1}
      className="card looked taken"
      aria-label="What was looked up"
      role="status"
    >
      <LockIcon />
      <p>
        <b>
          Looked up {what}
          {on}.
        </b>{' '}
        <span className="muted">What you pasted is no longer kept.</span>
      </p>
      <Button size="small" icon={<SearchIcon />} onClick={onAnother}>
        Look up another
      </Button>
    </section>
  );
}
