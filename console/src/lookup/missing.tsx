import {
  Button,
  Field,
  Input,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { useState } from 'react';

interface MissingProps {
  readonly canCheck: boolean;
  readonly onCheck: () => void;
}

/** Says that the broker has no record, and offers the only request that sends the signature. */
export function Missing({ canCheck, onCheck }: MissingProps) {
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>This broker has no record of it.</MessageBarTitle>{' '}
        {canCheck ? (
          <>
            It may still be signed with one of your keys. <b>Check the signature</b> sends what you pasted to
            the broker, with its signature. The broker tries its published keys and keeps nothing.
          </>
        ) : (
          'Only the SAS itself can be compared with your keys. If you have its URL, paste that.'
        )}
      </MessageBarBody>
      {canCheck ? (
        <MessageBarActions>
          <Button size="small" onClick={onCheck}>
            Check the signature
          </Button>
        </MessageBarActions>
      ) : null}
    </MessageBar>
  );
}

interface UnfinishedProps {
  readonly isNarrowed: boolean;
  readonly onAgain: (around?: string) => void;
}

/** Says that the search ran out of time, and asks for what makes it shorter. */
export function Unfinished({ isNarrowed, onAgain }: UnfinishedProps) {
  const [seen, setSeen] = useState('');
  const at = seen === '' ? NaN : Date.parse(`${seen}Z`);
  return (
    <div className="says">
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Not found yet: the search ran out of time.</MessageBarTitle>{' '}
          {isNarrowed ? 'Try again.' : 'Give the time at which it was seen in use, and fewer rows are read.'}
        </MessageBarBody>
      </MessageBar>
      <form
        className="actions"
        onSubmit={(event) => {
          event.preventDefault();
          onAgain(Number.isNaN(at) ? undefined : `${new Date(at).toISOString().slice(0, 19)}Z`);
        }}
      >
        {isNarrowed ? null : (
          <Field label="Seen at (UTC)">
            <Input type="datetime-local" step={1} value={seen} onChange={(_, data) => setSeen(data.value)} />
          </Field>
        )}
        <Button type="submit">Search again</Button>
      </form>
    </div>
  );
}
