import {
  Button,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Tab,
  TabList,
} from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { IssuedToken } from '../api/replies.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { EyeIcon, EyeOffIcon, OkIcon } from '../parts/icons.tsx';
import { Time } from '../time/time.tsx';
import { useNow } from '../time/use-now.ts';
import { maskSignature, storageCommand } from './commands.ts';

const FORMS = {
  url: { tab: 'URL', copy: 'Copy URL' },
  query: { tab: 'Query string', copy: 'Copy query string' },
  curl: { tab: 'curl', copy: 'Copy command' },
} as const;
type Shape = keyof typeof FORMS;

interface Props {
  readonly token: IssuedToken;
  /** Called when somebody clears it, and when it has expired. */
  readonly onDrop: () => void;
}

/** The token, once. It is only in this component's memory. */
export function TokenCard({ token, onDrop }: Props) {
  const [shape, setShape] = useState<Shape>('url');
  const [shown, setShown] = useState(false);
  const expired = useNow() >= new Date(token.expiresAt);
  useEffect(() => {
    if (expired) onDrop();
  }, [expired, onDrop]);
  const text = { url: token.url, query: token.token, curl: storageCommand(token) }[shape];
  return (
    <>
      <h2>
        <OkIcon className="ok" /> Here is your token
      </h2>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>Shown once.</MessageBarTitle> The broker keeps a record, never the token. Whoever
          has it can use it until <Time at={token.expiresAt} as="clock" />.
        </MessageBarBody>
      </MessageBar>
      {token.usableAfter === null ? null : (
        <p className="muted">
          Storage is certain to accept it from <Time at={token.usableAfter} as="clock" /> on.
        </p>
      )}
      <TabList
        size="small"
        selectedValue={shape}
        onTabSelect={(_, { value }) => setShape(value as Shape)}
        aria-label="Form of the token"
      >
        {Object.entries(FORMS).map(([value, { tab }]) => (
          <Tab key={value} value={value}>
            {tab}
          </Tab>
        ))}
      </TabList>
      <pre className="secret" tabIndex={0} aria-label="Token">
        {shown ? text : maskSignature(text)}
      </pre>
      <div className="actions">
        <CopyButton text={text} label={FORMS[shape].copy} wide primary />
        <Button icon={shown ? <EyeOffIcon /> : <EyeIcon />} onClick={() => setShown(!shown)}>
          {shown ? 'Hide' : 'Show'}
        </Button>
        <Button appearance="subtle" onClick={onDrop}>
          Clear
        </Button>
      </div>
      <p className="muted">
        Id <code>{token.id}</code> <CopyButton text={token.id} label="Copy the id" />. If it leaks, tell your
        security people this id.
      </p>
    </>
  );
}
